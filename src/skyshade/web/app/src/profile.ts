// A line over the terrain: the ground below it and the radar beams' lower edges above.

import { chart } from "./charts";
import { alertReader, h, section, select } from "./dom";
import { BY_KEYBOARD, feature, type MapView } from "./map";
import type { Model } from "./model";
import { Server } from "./source";
import type { LonLat, Profile } from "./types";

const EARTH_M = 6371008.8;
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

export function profilePanel(model: Model, map: MapView): HTMLElement {
  if (!(model.answers instanceof Server)) {
    return section(
      "Terrain along a line",
      false,
      h("p", { class: "note" }, "This needs the server: run 'skyshade serve'."),
    );
  }
  const live = model.answers;
  const out = h("div", { "data-testid": "profile" });
  const draw = async (from: LonLat, to: LonLat) => {
    map.set("line", [feature({ type: "LineString", coordinates: [from, to] })]);
    try {
      const sites = model.serving();
      if (!sites.length) throw new Error(`No unit is in service on ${model.choices.date}.`);
      const profile = await live.profile(from, to, sites);
      out.replaceChildren(figure(model, profile));
    } catch (error) {
      model.trouble(error);
    }
  };
  const start = h(
    "button",
    {
      type: "button",
      "data-testid": "draw-line",
      onclick: () => {
        let first: LonLat | null = null;
        alertReader(`Click where the line begins, ${BY_KEYBOARD}. Esc stops.`);
        map.pick((at) => {
          if (!first) {
            first = at;
            alertReader(`Now where it ends, ${BY_KEYBOARD}. Esc stops.`);
            return;
          }
          map.pick(null);
          alertReader(null);
          void draw(first, at);
        });
      },
    },
    "Draw a line",
  );
  const points: [string, string][] = [
    ...model.case_.sites.map((s): [string, string] => [s.id, s.name]),
    ...model.case_.places.map((p): [string, string] => [p.id, p.name]),
  ];
  const home = model.case_.sites[0];
  const off = (p: { lon: number; lat: number }) => Math.hypot(p.lon - home.lon, p.lat - home.lat);
  const nearest = [...model.case_.places].sort((a, b) => off(a) - off(b));
  const ends: [string, string] = [home.id, (nearest[3] ?? nearest[0] ?? home).id];
  const place = (id: string): LonLat => {
    const p =
      model.draft.sites.find((s) => s.id === id) ?? model.case_.places.find((x) => x.id === id)!;
    return [p.lon, p.lat];
  };
  return section(
    "Terrain along a line",
    false,
    h("div", { class: "row" }, start),
    select("or from", points, ends[0], (v) => {
      ends[0] = v;
    }),
    select("to", points, ends[1], (v) => {
      ends[1] = v;
    }),
    h(
      "button",
      {
        type: "button",
        "data-testid": "line-between",
        onclick: () => void draw(place(ends[0]), place(ends[1])),
      },
      "Show",
    ),
    out,
  );
}

function figure(model: Model, p: Profile): HTMLElement {
  const km = p.distance_m.map((d) => d / 1000);
  // heights over the chord of the effective Earth, so that a ray is a straight line
  const bulge = p.distance_m.map((d) => (d * (p.length_m - d)) / (2 * p.k_factor * EARTH_M));
  const over = (z: (number | null)[]) => z.map((v, i) => (v === null ? null : v + bulge[i]));
  const ground = over(p.ground_m);
  const at = model.choices.at;
  const target = p.ground_m.map((z) =>
    z === null ? null : at.datum === "agl" ? z + at.value_m : at.value_m,
  );
  const top =
    Math.max(...ground.map((z) => z ?? 0), ...over(target).map((z) => z ?? 0)) * 1.25 + 500;
  const known = ground.map((z) => z ?? 0);
  const named = (id: string) => model.draft.sites.find((s) => s.id === id)?.name ?? id;
  const legend = [
    h("li", { class: "key-ground" }, "terrain, over the Earth's curve"),
    h("li", { class: "key-target" }, "target's altitude"),
    ...p.sites.map((s, i) => {
      const item = h("li", {}, `lower edge of what ${named(s.id)} sees`);
      item.style.setProperty("--key", COLOURS[i % COLOURS.length]);
      return item;
    }),
  ];
  return h(
    "figure",
    {},
    chart({
      title: "Terrain along the line, and the lowest altitude each site sees above it",
      xLabel: "distance, km",
      yLabel: "height, m",
      x: [0, p.length_m / 1000],
      y: [0, top],
      bands: [{ x: km, low: km.map(() => 0), high: known, colour: "#8a7a66", opacity: 0.9 }],
      series: [
        { x: km, y: over(target), colour: "#000", width: 1, dash: "4 3" },
        ...p.sites.map((s, i) => ({
          x: km,
          y: over(s.lowest_m).map((z) => (z !== null && z <= top ? z : null)),
          colour: COLOURS[i % COLOURS.length],
        })),
      ],
    }) as unknown as HTMLElement,
    h("ul", { class: "legend" }, ...legend),
  );
}
