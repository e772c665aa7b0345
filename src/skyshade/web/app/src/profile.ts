// A line over the terrain: the ground below it and the radar beams' lower edges above.

import { chart } from "./charts";
import { atText } from "./controls";
import { csvButton } from "./csv";
import { alertReader, h, section, select } from "./dom";
import { EARTH_M } from "./lattice";
import { BY_KEYBOARD, feature, type MapView } from "./map";
import type { Model } from "./model";
import { ink } from "./palette";
import { Server } from "./source";
import type { LonLat, Profile } from "./types";
import { kilometres, metres, placeText } from "./units";

const GROUND = "#8a7a66";
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
  let line: [LonLat, LonLat] | null = null;
  let found: Profile | null = null;
  const show = () => out.replaceChildren(...(found ? [figure(model, found)] : []));
  const ask = async () => {
    if (!line) return;
    const [from, to] = line;
    map.set("line", [feature({ type: "LineString", coordinates: [from, to] })]);
    try {
      const sites = model.serving();
      if (!sites.length) throw new Error(`No unit is in service on ${model.choices.date}.`);
      found = await live.profile(from, to, sites);
      show();
    } catch (error) {
      model.trouble(error);
    }
  };
  const draw = (from: LonLat, to: LonLat) => {
    line = [from, to];
    model.choose({ line });
    void ask();
  };
  let asked = "";
  const follow = () => {
    const sites = JSON.stringify(model.serving());
    if (sites === asked) return show(); // only heights or units have changed
    asked = sites;
    void ask();
  };
  model.addEventListener("choice", follow);
  model.addEventListener("draft", follow);
  const clear = () => {
    line = found = null;
    map.set("line", []);
    model.choose({ line: undefined });
    show();
  };
  const start = h(
    "button",
    {
      type: "button",
      "data-testid": "draw-line",
      onclick: () => {
        let first: LonLat | null = null;
        const stop = () => map.pick(null);
        alertReader(`Click where the line begins, ${BY_KEYBOARD}.`, stop);
        map.pick((at) => {
          if (!first) {
            first = at;
            alertReader(`Now where it ends, ${BY_KEYBOARD}.`, stop);
            return;
          }
          map.pick(null);
          alertReader(null);
          draw(first, at);
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
      model.draft.sites.find((s) => s.id === id) ??
      [...model.case_.places, ...model.case_.sites].find((x) => x.id === id)!;
    return [p.lon, p.lat];
  };
  if (model.choices.line) {
    line = model.choices.line;
    void map.ready.then(ask);
  }
  return section(
    "Terrain along a line",
    line !== null,
    h("div", { class: "row" }, start, h("button", { type: "button", onclick: clear }, "Clear it")),
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
        onclick: () => draw(place(ends[0]), place(ends[1])),
      },
      "Show",
    ),
    out,
  );
}

/** One end of a line, by name if something stands there. */
function whereIs(model: Model, p: Profile, end: 0 | -1): string {
  const [lon, lat] = [p.lon.at(end)!, p.lat.at(end)!];
  const near = (x: { lon: number; lat: number }) =>
    Math.abs(x.lon - lon) < 1e-4 && Math.abs(x.lat - lat) < 1e-4;
  const named = [...model.draft.sites, ...model.case_.places].find(near);
  return named?.name ?? placeText([lon, lat]);
}

function figure(model: Model, p: Profile): HTMLElement {
  const { at, units } = model.choices;
  const [far, per_far] = kilometres(units);
  const [high, per_high] = metres(units);
  const x = p.distance_m.map((d) => d / per_far);
  // heights over the chord of the effective Earth, so that a ray is a straight line
  const bulge = p.distance_m.map((d) => (d * (p.length_m - d)) / (2 * p.k_factor * EARTH_M));
  const over = (z: (number | null)[]) =>
    z.map((v, i) => (v === null ? null : (v + bulge[i]) / per_high));
  const ground = over(p.ground_m);
  const target = over(
    p.ground_m.map((z) => (at.datum === "msl" ? at.value_m : z === null ? null : z + at.value_m)),
  );
  const heights = [...ground, ...target].map((z) => z ?? 0);
  const top = Math.max(...heights) * 1.25 + 500 / per_high;
  const named = (id: string) => model.draft.sites.find((s) => s.id === id)?.name ?? id;
  const key = (text: string, colour: string) => {
    const item = h("li", {}, text);
    item.style.setProperty("--key", colour);
    return item;
  };
  const seen = p.sites.filter((s) => s.lowest_m.some((z) => z !== null));
  const colour = (i: number) => COLOURS[i % COLOURS.length];
  const blind = p.sites.filter((s) => !seen.includes(s)).map((s) => named(s.id));
  return h(
    "figure",
    {},
    chart({
      title: "Terrain along the line, and the lowest altitude each site sees above it",
      xLabel: `${whereIs(model, p, 0)} to ${whereIs(model, p, -1)}, ${far}`,
      yLabel: `height, ${high}`,
      x: [0, p.length_m / per_far],
      y: [0, top],
      bands: [
        { x, low: x.map(() => 0), high: ground.map((z) => z ?? 0), colour: GROUND, opacity: 0.9 },
      ],
      series: [
        { x, y: target, colour: ink().line, width: 1, dash: "4 3" },
        ...seen.map((s, i) => ({
          x,
          y: over(s.lowest_m).map((z) => (z !== null && z <= top ? z : null)),
          colour: colour(i),
        })),
      ],
    }) as unknown as HTMLElement,
    h(
      "ul",
      { class: "legend" },
      key("terrain, over the Earth's curve", GROUND),
      key(`target ${atText(at, units)}`, ink().line),
      ...seen.map((s, i) => key(`lower edge of what ${named(s.id)} sees`, colour(i))),
    ),
    h(
      "figcaption",
      {},
      "Drawn over the arched Earth, as a radar's ray bends (k = 4/3), so that the ray is straight: flat land rises in the middle.",
      blind.length ? ` Out of range: ${blind.join(", ")}.` : "",
    ),
    csvButton("terrain-along-a-line", () =>
      p.distance_m.map((distance_m, i) => ({
        distance_m,
        lon: p.lon[i],
        lat: p.lat[i],
        ground_msl_m: p.ground_m[i],
        ...Object.fromEntries(p.sites.map((s) => [`${s.id} sees from m MSL`, s.lowest_m[i]])),
      })),
    ),
  );
}
