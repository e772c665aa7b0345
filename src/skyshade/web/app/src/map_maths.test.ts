import { describe, expect, it } from "vitest";
import { ticks } from "./charts";
import { fromSlider, movedTo, toSlider } from "./controls";
import { areas, boxOf, countRings, countSites, IN_RING, markRings, ringsBeyond } from "./coverage";
import { Draft, snap } from "./draft";
import { type Grid, NO_GROUND, readFrame } from "./frame";
import { bearingTo, destination, Lattice, latitude, mercator } from "./lattice";
import { placeAt } from "./replay";
import type { Site } from "./types";
import { area, distance, height, percent, placeText } from "./units";

const lattice = new Lattice({
  west_deg: 70,
  north_y_deg: mercator(32),
  step_deg: 0.1,
  columns: 40,
  rows: 30,
});

describe("rings", () => {
  const cap_km2 = (radius_m: number) =>
    2 * Math.PI * 6371.0088 ** 2 * (1 - Math.cos(radius_m / 6371008.8)); // of a sphere

  it("count the part of a ring that lies off the lattice", () => {
    const inside = { lon: 72, lat: 30.5, radius_m: 100e3 };
    expect(ringsBeyond(lattice, [inside])).toBe(0);
    const far = { lon: 60, lat: 30.5, radius_m: 100e3 };
    expect(ringsBeyond(lattice, [far]) / cap_km2(100e3)).toBeCloseTo(1, 1);
    const edge = { lon: 70, lat: 30.5, radius_m: 100e3 }; // half of it is west of 70 E
    expect(ringsBeyond(lattice, [edge]) / cap_km2(100e3)).toBeCloseTo(0.5, 1);
    const north = { lon: 72, lat: latitude(lattice.north), radius_m: 100e3 };
    expect(ringsBeyond(lattice, [north]) / cap_km2(100e3)).toBeCloseTo(0.5, 1);
  });

  it("count what two rings share once, and by how many rings a cell is in", () => {
    const far = { lon: 60, lat: 30.5, radius_m: 100e3 };
    expect(ringsBeyond(lattice, [far, { ...far, radius_m: 50e3 }])).toBe(
      ringsBeyond(lattice, [far]),
    );
    const ring = { lon: 72, lat: 30.5, radius_m: 30e3 };
    const counts = countRings(lattice, [ring, ring], new Uint8Array(40 * 30));
    const [col, row] = lattice.cell(72, 30.5);
    expect([counts[row * 40 + col], counts[row * 40 + col + 10]]).toEqual([2, 0]);
  });
});

describe("the slider of altitudes", () => {
  it("moves with every press of an arrow, up and down, from every altitude", () => {
    for (let p = 0; p <= 300; p++) {
      const now = fromSlider(p);
      const at = toSlider(now);
      if (at < 300) expect(movedTo(at + 1, now), `up from ${now} m`).toBeGreaterThan(now);
      if (at > 0) expect(movedTo(at - 1, now), `down from ${now} m`).toBeLessThan(now);
      expect(movedTo(at, now)).toBe(now);
    }
  });
});

describe("lattice", () => {
  it("turns Mercator back into latitudes", () => {
    expect(latitude(mercator(31))).toBeCloseTo(31, 12);
    expect(mercator(60)).toBeCloseTo(75.456, 3); // ln(tan 75°) in degrees
  });

  it("has cells as large as the ellipsoid says", () => {
    // WGS-84 at 30 N: a degree of longitude is 96.486 km, one of latitude 110.852 km
    const row = lattice.latitudes.findIndex((l) => Math.abs(l - 30) < 0.05);
    const dLat = 0.1 * Math.cos((lattice.latitudes[row] * Math.PI) / 180);
    expect(lattice.area_km2[row] / (9.6486 * 110.852 * dLat)).toBeCloseTo(1, 3);
  });

  it("measures distance and bearing both ways alike", () => {
    const to = destination([75, 30], 60, 300e3);
    const [d, az] = bearingTo([75, 30], to);
    expect(d).toBeCloseTo(300e3, 3);
    expect(az).toBeCloseTo(60, 9);
  });
});

describe("coverage", () => {
  const ground = new Int16Array(40 * 30).fill(100);
  const grid = (values: number[]): Grid => ({
    col: 10,
    row: 5,
    columns: 2,
    rows: 1,
    values: Uint16Array.from(values),
  });

  it("counts a site where the target is above its lowest visible altitude", () => {
    const counts = new Uint8Array(40 * 30);
    const layers = [{ lowest: grid([700, 65533]) }, { lowest: grid([900, 1000]) }];
    countSites(lattice, ground, layers, { value_m: 100, datum: "agl" }, counts); // 200 m MSL
    expect([counts[5 * 40 + 10], counts[5 * 40 + 11]]).toEqual([1, 0]);
    countSites(lattice, ground, layers, { value_m: 500, datum: "msl" }, counts);
    expect([counts[5 * 40 + 10], counts[5 * 40 + 11]]).toEqual([2, 1]);
  });

  it("sees nothing below ground, above the highest, or where terrain is unknown", () => {
    const counts = new Uint8Array(40 * 30);
    const at = { value_m: 50, datum: "msl" } as const;
    countSites(lattice, ground, [{ lowest: grid([500, 500]) }], at, counts);
    expect(counts[5 * 40 + 10]).toBe(0);
    const layer = { lowest: grid([500, 500]), highest: grid([550, 5000]) };
    countSites(lattice, ground, [layer], { value_m: 1000, datum: "msl" }, counts);
    expect([counts[5 * 40 + 10], counts[5 * 40 + 11]]).toEqual([0, 1]);
    const unknown = ground.slice().fill(NO_GROUND);
    countSites(lattice, unknown, [layer], { value_m: 1000, datum: "msl" }, counts);
    expect(counts[5 * 40 + 11]).toBe(0);
  });

  it("adds up gains and losses, and the ring as far as it goes", () => {
    const counts = new Uint8Array(40 * 30);
    const before = new Uint8Array(40 * 30);
    const rings = new Uint8Array(40 * 30);
    counts[5 * 40 + 10] = 1;
    before[5 * 40 + 11] = 1;
    markRings(lattice, [{ lon: 72, lat: 30.5, radius_m: 100e3 }], [], rings);
    const all = areas(lattice, counts, rings, 1, before, [0, 0, 40, 30]);
    expect(all.ring_km2 / (Math.PI * 100 ** 2)).toBeCloseTo(1, 1);
    expect(rings[15 * 40 + 20]).toBe(IN_RING);
    expect(all.gained_km2).toBeCloseTo(lattice.area_km2[5], 5);
    expect(all.lost_km2).toBeCloseTo(lattice.area_km2[5], 5);
    expect(boxOf(lattice, [grid([1, 1])])).toEqual([10, 5, 12, 6]);
  });
});

describe("frame", () => {
  it("reads what the server lays out", () => {
    const head = JSON.stringify({
      id: "é",
      arrays: [{ name: "a", dtype: "int16", window: [1, 2, 2, 1], offset: 120 }],
    });
    const bytes = new TextEncoder().encode(head.padEnd(115));
    const data = new ArrayBuffer(128);
    new DataView(data).setUint32(0, bytes.length, true);
    new Uint8Array(data).set(bytes, 4);
    new Int16Array(data, 120, 2).set([-5, 8848]);
    const frame = readFrame(data);
    expect(frame.head.id).toBe("é");
    expect(Array.from(frame.grids.a.values)).toEqual([-5, 8848]);
  });
});

describe("draft", () => {
  const site = (id: string) =>
    ({ id, name: id, lon: 75.5, lat: 31, rounding_deg: 0.5 }) as unknown as Site;

  it("keeps to the sector's rounding, and goes back and forth", () => {
    const draft = new Draft([site("a"), site("b")]);
    draft.move("a", [76.13, 30.8]);
    expect([draft.sites[0].lon, draft.sites[0].lat]).toEqual([76, 31]);
    const added = draft.add("b", [80.2, 20.26]);
    expect([added.lon, added.lat, added.like]).toEqual([80, 20.5, "b"]);
    draft.remove("b");
    expect(draft.sites.map((s) => s.id)).toEqual(["a", added.id]);
    for (let i = 0; i < 3; i++) draft.undo();
    expect(draft.changed).toBe(false);
    expect(draft.canUndo).toBe(false);
    draft.redo();
    expect(draft.sites[0].lon).toBe(76);
    draft.move("a", [77, 31]);
    expect(draft.canRedo).toBe(false);
  });

  it("forgets a step that was refused, and one that changes nothing", () => {
    const draft = new Draft([site("a")]);
    draft.move("a", [draft.sites[0].lon + 0.1, draft.sites[0].lat]);
    expect(draft.canUndo).toBe(false);
    draft.move("a", [70, 20]);
    draft.drop(draft.sites[0]);
    expect([draft.changed, draft.canUndo, draft.canRedo]).toEqual([false, false, false]);
    draft.move("a", [70, 20]);
    const refused = draft.sites[0];
    draft.move("a", [71, 20]);
    draft.drop(refused); // moved on since
    expect(draft.sites[0].lon).toBe(71);
  });

  it("rounds without crumbs", () => {
    expect(snap(0.3, 0.1)).toBe(0.3);
    expect(snap(-75.26, 0.5)).toBe(-75.5);
  });
});

describe("words and scales", () => {
  it("writes places with the letters of the compass", () => {
    expect(placeText([75.5, 31])).toBe("75.5° E, 31° N");
    expect(placeText([-70.25, -33.4], 2)).toBe("70.25° W, 33.4° S");
  });

  it("writes lengths in either system", () => {
    expect(distance(380e3, "metric")).toBe("380 km");
    expect(distance(1852e2, "nautical")).toBe("100 nm");
    expect(height(304.8, "nautical")).toBe("1,000 ft");
    expect(height(12_000, "metric")).toBe("12 km");
    expect(area(57_345, "metric")).toBe("57,300 km²");
    expect(percent(0.0312)).toBe("3.1 %");
  });

  it("moves the slider through round altitudes", () => {
    for (const m of [10, 30, 100, 1000, 10_000, 30_000]) {
      expect(fromSlider(toSlider(m)) / m).toBeCloseTo(1, 1);
    }
  });

  it("divides axes at round numbers", () => {
    expect(ticks(0, 60)).toEqual([0, 20, 40, 60]);
    expect(Object.is(ticks(-1, 1, 4)[2], -0)).toBe(false);
  });

  it("finds where something is between two places", () => {
    const way = { t_s: [0, 10, 20], lon: [70, 71, 71], lat: [30, 30, 31], alt_m: [0, 0, 0] };
    expect(placeAt(way, 5)).toEqual([70.5, 30]);
    expect(placeAt(way, 15)).toEqual([71, 30.5]);
    expect(placeAt(way, 21)).toBeNull();
  });
});
