// An area or a border that the reader asks about: how much of it is covered, at every step.

import { atText, nearestAltitude } from "./controls";
import { csvButton } from "./csv";
import { alertReader, h, section, select } from "./dom";
import { NO_GROUND } from "./frame";
import { EARTH_M, type Lattice, RAD } from "./lattice";
import { BY_KEYBOARD, feature, type MapView } from "./map";
import type { Model } from "./model";
import { Server } from "./source";
import type { Borders, LonLat } from "./types";
import { area, distance, percent } from "./units";

const STEP_KM = 2; // between two points of a line
const MOST_CORNERS = 60;

/** Cells (their index) of an area or along a line, and how much of it each stands for. */
export interface Shape {
  cells: Int32Array;
  amount: Float32Array; // km2 or km; cells of -1 lie off the terrain
  unit: "km2" | "km";
}

type Rings = GeoJSON.Position[][];

const ringsOf = (g: GeoJSON.Polygon | GeoJSON.MultiPolygon): Rings =>
  g.type === "Polygon" ? g.coordinates : g.coordinates.flat();

/** The cells whose middle lies inside rings (even-odd rule). */
export function cellsInside(lattice: Lattice, rings: Rings): Shape {
  const cells: number[] = [];
  const amount: number[] = [];
  for (let row = 0; row < lattice.rows; row++) {
    const lat = lattice.latitudes[row];
    const cuts: number[] = [];
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) {
        const [x0, y0] = ring[i - 1];
        const [x1, y1] = ring[i];
        if (y0 > lat !== y1 > lat) cuts.push(x0 + ((x1 - x0) * (lat - y0)) / (y1 - y0));
      }
    }
    cuts.sort((a, b) => a - b);
    for (let i = 1; i < cuts.length; i += 2) {
      const [from, to] = [cuts[i - 1], cuts[i]].map((x) => (x - lattice.west) / lattice.step - 0.5);
      const last = Math.min(Math.floor(to), lattice.columns - 1);
      for (let col = Math.max(Math.ceil(from), 0); col <= last; col++) {
        cells.push(row * lattice.columns + col);
        amount.push(lattice.area_km2[row]);
      }
    }
  }
  return { cells: Int32Array.from(cells), amount: Float32Array.from(amount), unit: "km2" };
}

/** The cells that lines run through, a point every few kilometres. */
export function cellsAlong(lattice: Lattice, lines: Rings): Shape {
  const cells: number[] = [];
  const amount: number[] = [];
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const [[x0, y0], [x1, y1]] = [line[i - 1], line[i]];
      const wide = (x1 - x0) * Math.cos(((y0 + y1) / 2) * RAD);
      const km = (Math.hypot(wide, y1 - y0) * RAD * EARTH_M) / 1000;
      const n = Math.max(Math.ceil(km / STEP_KM), 1);
      for (let k = 0; k < n; k++) {
        const u = (k + 0.5) / n;
        const [col, row] = lattice.cell(x0 + u * (x1 - x0), y0 + u * (y1 - y0));
        cells.push(lattice.has(col, row) ? row * lattice.columns + col : -1);
        amount.push(km / n);
      }
    }
  }
  return { cells: Int32Array.from(cells), amount: Float32Array.from(amount), unit: "km" };
}

export interface Covered {
  total: number;
  covered: number;
  unknown: number;
  before: number;
}

/** How much of a shape so many units cover, and how much of it has no terrain. */
export function coveredOf(
  shape: Shape,
  {
    ground,
    counts,
    before,
    k,
  }: { ground: Int16Array; counts: Uint8Array; before: Uint8Array; k: number },
): Covered {
  const found = { total: 0, covered: 0, unknown: 0, before: 0 };
  for (let i = 0; i < shape.cells.length; i++) {
    const cell = shape.cells[i];
    const part = shape.amount[i];
    found.total += part;
    if (cell < 0 || ground[cell] === NO_GROUND) found.unknown += part;
    else {
      if (counts[cell] >= k) found.covered += part;
      if (before[cell] >= k) found.before += part;
    }
  }
  return found;
}

/** What an address names: a country, a border, or corners of a drawn area. */
export function cornersOf(named: string): LonLat[] | null {
  if (!named.includes(";")) return null;
  const corners = named.split(";").map((pair) => pair.split(" ").map(Number) as LonLat);
  const sound = ([lon, lat]: LonLat) => Math.abs(lon) <= 180 && Math.abs(lat) <= 85;
  return corners.length >= 3 && corners.length <= MOST_CORNERS && corners.every(sound)
    ? corners
    : null;
}

export function interestPanel(model: Model, map: MapView, borders: Borders): HTMLElement {
  const linesOf = (pair: string): Rings =>
    borders.features
      .filter((f) => f.properties?.between === pair)
      .map((f) => (f.geometry as GeoJSON.LineString).coordinates);
  const rings = (named: string): { rings: Rings; isLine: boolean } | null => {
    const corners = cornersOf(named);
    if (corners) return { rings: [[...corners, corners[0]]], isLine: false };
    const country = borders.countries.find((c) => c.name === named);
    if (country) return { rings: ringsOf(country.geometry), isLine: false };
    const lines = linesOf(named);
    return lines.length ? { rings: lines, isLine: true } : null;
  };
  let shape: Shape | null = null;
  let shown: string | undefined;
  const said = h("p", { "data-testid": "interest", "aria-live": "polite" });
  const box = select(
    "Of",
    [
      ["", "nothing in particular"],
      ...borders.countries.map(({ name }): [string, string] => [name, name]),
      ...borders.pairs.map((p): [string, string] => [p, `the border ${p.replace("-", " and ")}`]),
      ["drawn", "an area that I draw"],
    ],
    "",
    (v) => {
      if (v === "drawn") begin();
      else model.choose({ interest: v || undefined });
    },
  );
  box.querySelector("select")!.dataset.testid = "of";
  const close = h("button", { type: "button", hidden: true }, "Close the area");
  const begin = () => {
    const corners: LonLat[] = [];
    close.hidden = false;
    const end = () => {
      map.pick(null);
      alertReader(null);
      close.hidden = true;
    };
    close.onclick = () => {
      end();
      if (corners.length < 3) alertReader("An area has three corners at least: draw it again.");
      const written = corners.map((c) => c.map((x) => x.toFixed(2)).join(" ")).join(";");
      model.choose({ interest: corners.length < 3 ? undefined : written });
    };
    alertReader(
      `Click the corners one by one, ${BY_KEYBOARD}; then close the area in the panel.`,
      () => {
        end();
        model.choose({ interest: undefined });
      },
    );
    map.pick((at) => {
      if (corners.length < MOST_CORNERS) corners.push(at);
      map.set("interest", [feature({ type: "LineString", coordinates: corners })]);
    });
  };
  const amount = (x: number) =>
    shape?.unit === "km" ? distance(1000 * x, model.choices.units) : area(x, model.choices.units);
  const name = () => {
    const named = model.choices.interest ?? "";
    return cornersOf(named)
      ? "the area that is drawn"
      : named.includes("-")
        ? `the border ${named.replace("-", " and ")}`
        : named;
  };
  const measured = () => {
    const { ground, counts, before, choices } = model;
    return shape && ground ? coveredOf(shape, { ground, counts, before, k: choices.k }) : null;
  };
  const csv = csvButton("interest", () => {
    const found = measured();
    const { kind, at, target, date } = model.choices;
    return found
      ? [
          {
            what: name(),
            unit: shape!.unit,
            show: kind,
            altitude_m: at.value_m,
            datum: at.datum,
            target,
            date,
            ...found,
          },
        ]
      : [];
  });
  let running: AbortController | null = null;
  let reached: { question: string; text: string } | null = null;
  const question = () => ({
    sites: model.serving(),
    target: model.choices.target,
    altitude: model.case_.altitudes[nearestAltitude(model).index].label,
    of: cornersOf(model.choices.interest ?? "") ? "" : (model.choices.interest ?? ""),
    corners: cornersOf(model.choices.interest ?? "") ?? [],
  });
  const reach = h(
    "button",
    { type: "button", "data-testid": "interest-reach" },
    "What is reached?",
  );
  reach.onclick = async () => {
    if (!(model.answers instanceof Server)) return;
    running?.abort();
    running = new AbortController();
    const asked = question();
    reach.disabled = true;
    said.textContent = "Reach is being worked out …";
    try {
      const { result } = await model.answers.interest(asked, running.signal);
      const [found] = result.results;
      const [low, middle, high] = (found.covered_km2 ?? found.covered_km)!.all;
      const total = (result.total_km2 ?? result.total_km)!;
      const title = model.case_.targets.find((t) => t.id === asked.target)!.title;
      const text = `Of ${name()} (${amount(total)}), ${amount(middle)} or ${percent(middle / Math.max(total, 1e-9))} is reached against a ${title} flying in at ${nearestAltitude(model).label} (5 to 95 %: ${amount(low)} to ${amount(high)}).`;
      reached = { question: JSON.stringify(asked), text };
    } catch (error) {
      model.trouble(error);
    } finally {
      reach.disabled = false;
      show();
    }
  };
  const show = () => {
    const { interest, kind, k, at } = model.choices;
    reach.hidden = kind !== "reach" || !interest || !model.answers.live;
    if (interest !== shown) {
      shown = interest;
      const found = interest ? rings(interest) : null;
      shape = found && (found.isLine ? cellsAlong : cellsInside)(model.lattice, found.rings);
      map.set(
        "interest",
        (found?.rings ?? []).map((coordinates) => feature({ type: "LineString", coordinates })),
      );
      box.querySelector("select")!.value =
        interest && cornersOf(interest) ? "drawn" : (interest ?? "");
    }
    csv.hidden = !shape;
    const found = measured();
    if (!found) said.textContent = interest && !shape ? `${interest}: not on this map.` : "";
    else if (kind === "reach") {
      said.textContent = reached?.question === JSON.stringify(question()) ? reached.text : "";
    } else if (model.awaited.length) said.textContent = "…";
    else {
      const verb = { visible: "seen", engageable: "within engagement", ring: "in the circles" }[
        kind
      ];
      const from = k > 1 ? ` by ${k} units or more` : "";
      const where = kind === "ring" ? "" : ` at ${atText(at, model.choices.units)}`;
      const unknown =
        found.unknown > 0.005 * found.total
          ? ` ${percent(found.unknown / found.total)} of it has no terrain data.`
          : "";
      const change = model.compared ? ` In the scenario it is ${amount(found.before)}.` : "";
      said.textContent = `Of ${name()} (${amount(found.total)}), ${amount(found.covered)} or ${percent(found.covered / Math.max(found.total, 1e-9))} is ${verb}${from}${where}.${change}${unknown}`;
    }
  };
  model.addEventListener("coverage", show); // which follows every choice
  void map.ready.then(show);
  return section(
    "Area of interest",
    model.choices.interest !== undefined,
    h(
      "p",
      { class: "note" },
      "A country or a border, as the map draws it and as far as this terrain goes, or an area of your own: what of it is covered, counted on the map's grid.",
    ),
    box,
    close,
    said,
    reach,
    csv,
  );
}
