// What holds at a place: ground, lowest visible altitude, and who sees it from where.

import { valueAt } from "./coverage";
import { h } from "./dom";
import { NEVER, NO_GROUND, OFFSET_M, OUTSIDE, UNKNOWN } from "./frame";
import { bearingTo } from "./lattice";
import type { Model } from "./model";
import type { LonLat } from "./types";
import { distance, height } from "./units";

export function hoverBox(model: Model): {
  element: HTMLElement;
  show: (at: LonLat | null) => void;
} {
  const element = h("div", { class: "hover", "data-testid": "hover" });
  const show = (at: LonLat | null) => {
    if (!at || !model.ground) return;
    const [col, row] = model.lattice.cell(...at);
    const where = `${at[1].toFixed(2)}° N, ${at[0].toFixed(2)}° E`;
    if (!model.lattice.has(col, row)) {
      element.replaceChildren(h("strong", {}, where), h("p", {}, "outside the terrain"));
      return;
    }
    const { units, at: target } = model.choices;
    const z = model.ground[row * model.lattice.columns + col];
    const known = z !== NO_GROUND;
    const altitude = target.datum === "msl" ? target.value_m : z + target.value_m;
    let lowest = Number.POSITIVE_INFINITY;
    let lowestEngaged = Number.POSITIVE_INFINITY;
    const rows = [];
    for (const site of model.serving()) {
      const grid = model.view(site);
      const code = grid ? valueAt(grid, col, row) : null;
      const [d, az] = bearingTo([site.lon, site.lat], at);
      if (code === null || code === OUTSIDE) continue;
      const m = code - OFFSET_M;
      if (code < NEVER) lowest = Math.min(lowest, m);
      const engage = model.engages(site);
      const from = engage ? valueAt(engage.lowest, col, row) : null;
      if (from !== null && from < NEVER) lowestEngaged = Math.min(lowestEngaged, from - OFFSET_M);
      const says =
        code === UNKNOWN
          ? "unknown terrain between"
          : code === NEVER
            ? "never sees it"
            : m <= altitude
              ? `sees it (from ${height(Math.max(m - z, 0), units)} above ground)`
              : `masked below ${height(m - z, units)} above ground`;
      rows.push(
        h("li", {}, `${site.name}, ${distance(d, units)} away, at ${Math.round(az)}°: ${says}`),
      );
    }
    element.replaceChildren(
      h("strong", {}, where),
      h(
        "p",
        {},
        known ? `Ground ${height(z, units)}. ` : "Ground not known. ",
        Number.isFinite(lowest)
          ? `Lowest visible altitude ${height(lowest, units)} above the sea, ${height(Math.max(lowest - z, 0), units)} above ground.`
          : "No radar's range comes here.",
        Number.isFinite(lowestEngaged)
          ? ` Lowest engageable ${height(Math.max(lowestEngaged - z, 0), units)} above ground.`
          : "",
      ),
      h("ul", {}, ...rows),
    );
  };
  element.append(
    h("p", { class: "note" }, "Point at the map (on a phone: touch it) to see what holds there."),
  );
  return { element, show };
}
