// What holds at a place: ground, lowest visible altitude, and who sees it from where.

import { worked } from "./behind";
import { valueAt } from "./coverage";
import { h } from "./dom";
import { NEVER, NO_GROUND, OFFSET_M, OUTSIDE, UNKNOWN } from "./frame";
import { bearingTo } from "./lattice";
import type { Model } from "./model";
import type { Sources } from "./sources";
import type { LonLat } from "./types";
import { distance, height, placeText } from "./units";

export function hoverBox(
  model: Model,
  sources: Sources,
): {
  element: HTMLElement;
  show: (at: LonLat | null) => void;
} {
  const element = h("div", { class: "hover", "data-testid": "hover" });
  let shown: LonLat | null = null;
  const show = (at: LonLat | null) => {
    if (!at || !model.ground) return;
    shown = at;
    const [col, row] = model.lattice.cell(...at);
    const where = placeText(at, 2);
    if (!model.lattice.has(col, row)) {
      element.replaceChildren(h("strong", {}, where), h("p", {}, "outside the terrain"));
      return;
    }
    const { units, at: target } = model.choices;
    const z = model.ground[row * model.lattice.columns + col];
    const known = z !== NO_GROUND;
    const over = (m: number) =>
      known
        ? `${height(Math.max(m - z, 0), units)} above ground`
        : `${height(m, units)} above sea level`;
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
              ? `sees it (from ${over(m)})`
              : `masked below ${over(m)}`;
      rows.push(
        h("li", {}, `${site.name}, ${distance(d, units)} away, at ${Math.round(az)}°: ${says}`),
      );
    }
    element.replaceChildren(
      h("strong", {}, where),
      h("button", { type: "button", class: "small", "aria-label": "Clear", onclick: clear }, "×"),
      h(
        "p",
        {},
        known ? `Ground ${height(z, units)}. ` : "Ground not known. ",
        Number.isFinite(lowest)
          ? `Lowest visible altitude ${height(lowest, units)} above sea level${known ? `, ${over(lowest)}` : ""}.`
          : rows.length
            ? "No radar sees anything here."
            : "No radar's range comes here.",
        Number.isFinite(lowestEngaged) ? ` Lowest engageable ${over(lowestEngaged)}.` : "",
      ),
      h("ul", {}, ...rows),
      h(
        "p",
        { class: "note" },
        worked(model, sources, "Where is this from?", "What a place shows"),
      ),
    );
  };
  const clear = () => {
    shown = null;
    element.replaceChildren(
      h("p", { class: "note" }, "Point at the map (on a phone: touch it) to see what holds there."),
    );
  };
  clear();
  for (const name of ["coverage", "choice"]) {
    model.addEventListener(name, () => {
      if (!element.contains(document.activeElement)) show(shown);
    });
  }
  return { element, show };
}
