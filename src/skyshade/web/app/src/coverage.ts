// From grids of altitudes to what is covered at one altitude: plain loops over typed arrays, fast
// enough to run at every step of the slider.

import { type Grid, NO_GROUND, OFFSET_M, UNKNOWN } from "./frame";
import { EARTH_M, type Lattice, RAD } from "./lattice";

export interface At {
  value_m: number;
  datum: "agl" | "msl";
}

/** What one site gives: visible from `lowest` up, or engageable between `lowest` and `highest`. */
export interface Layer {
  lowest: Grid;
  highest?: Grid;
}

/** How many of the sites cover each cell of the lattice. */
export function countSites(
  lattice: Lattice,
  ground: Int16Array,
  layers: Layer[],
  at: At,
  into: Uint8Array,
): Uint8Array {
  into.fill(0);
  const msl = at.datum === "msl";
  const fixed = Math.round(at.value_m) + OFFSET_M;
  for (const { lowest, highest } of layers) {
    const low = lowest.values;
    const high = highest?.values;
    for (let r = 0; r < lowest.rows; r++) {
      let cell = (lowest.row + r) * lattice.columns + lowest.col;
      let i = r * lowest.columns;
      for (let c = 0; c < lowest.columns; c++, cell++, i++) {
        const code = low[i];
        if (code >= UNKNOWN - 1) continue; // outside, unknown or never
        const z = ground[cell];
        if (z === NO_GROUND) continue;
        const altitude = msl ? fixed : z + fixed;
        if (code <= altitude && z + OFFSET_M <= altitude && (!high || altitude <= high[i])) {
          into[cell]++;
        }
      }
    }
  }
  return into;
}

/** First column, first row, and those after the last. */
export type Box = [number, number, number, number];

/** The part of the lattice that these grids touch. */
export function boxOf(lattice: Lattice, grids: Grid[]): Box {
  const box: Box = [lattice.columns, lattice.rows, 0, 0];
  for (const g of grids) {
    box[0] = Math.min(box[0], g.col);
    box[1] = Math.min(box[1], g.row);
    box[2] = Math.max(box[2], g.col + g.columns);
    box[3] = Math.max(box[3], g.row + g.rows);
  }
  return box;
}

export const IN_RING = 1;
export const NOT_KNOWN = 2;

export interface Ring {
  lon: number;
  lat: number;
  radius_m: number;
}

/** First column inside a ring and the one after the last, at a latitude; they may lie off the lattice. */
function across(lattice: Lattice, ring: Ring, latitude_deg: number): [number, number] | null {
  const [phi, f] = [ring.lat * RAD, latitude_deg * RAD];
  // half the ring's width at this latitude, from the spherical law of cosines
  const x =
    (Math.cos(ring.radius_m / EARTH_M) - Math.sin(phi) * Math.sin(f)) /
    (Math.cos(phi) * Math.cos(f));
  if (x >= 1) return null;
  const half = (x <= -1 ? Math.PI : Math.acos(x)) / RAD;
  return [
    Math.ceil((ring.lon - half - lattice.west) / lattice.step - 0.5),
    Math.floor((ring.lon + half - lattice.west) / lattice.step - 0.5) + 1,
  ];
}

/** How many of the rings each cell lies in. */
export function countRings(lattice: Lattice, rings: Ring[], into: Uint8Array): Uint8Array {
  into.fill(0);
  for (const ring of rings) {
    for (let row = 0; row < lattice.rows; row++) {
      const [first, end] = across(lattice, ring, lattice.latitudes[row]) ?? [0, 0];
      const start = row * lattice.columns;
      const last = start + Math.min(end, lattice.columns);
      for (let cell = start + Math.max(first, 0); cell < last; cell++) into[cell]++;
    }
  }
  return into;
}

/** km2 inside any of the rings but off the lattice, where no terrain is known. */
export function ringsBeyond(lattice: Lattice, rings: Ring[]): number {
  let total = 0;
  const rows = rings.flatMap(({ lat, radius_m }) => {
    const reach = radius_m / EARTH_M / RAD;
    return [
      lattice.cell(0, Math.min(lat + reach, 85))[1],
      lattice.cell(0, Math.max(lat - reach, -85))[1],
    ];
  });
  for (let row = Math.min(...rows); row <= Math.max(...rows); row++) {
    const spans = rings
      .map((ring) => across(lattice, ring, lattice.latitudeOf(row)))
      .filter((span) => span !== null)
      .sort((a, b) => a[0] - b[0]);
    const inside = row >= 0 && row < lattice.rows;
    let [n, done] = [0, Number.NEGATIVE_INFINITY];
    for (const [first, end] of spans) {
      const from = Math.max(first, done);
      if (end <= from) continue;
      const on = inside ? Math.max(Math.min(end, lattice.columns) - Math.max(from, 0), 0) : 0;
      n += end - from - on;
      done = end;
    }
    total += n * lattice.areaOf(row);
  }
  return total;
}

/** Mark the cells inside any of these rings, and those that a site in range cannot know. */
export function markRings(
  lattice: Lattice,
  rings: Ring[],
  views: Grid[],
  into: Uint8Array,
): Uint8Array {
  countRings(lattice, rings, into);
  for (let cell = 0; cell < into.length; cell++) if (into[cell]) into[cell] = IN_RING;
  for (const g of views) {
    for (let r = 0, i = 0; r < g.rows; r++) {
      let cell = (g.row + r) * lattice.columns + g.col;
      for (let c = 0; c < g.columns; c++, cell++, i++) {
        if (g.values[i] === UNKNOWN) into[cell] |= NOT_KNOWN;
      }
    }
  }
  return into;
}

export interface Areas {
  covered_km2: number;
  in_ring_km2: number;
  ring_km2: number;
  unknown_km2: number;
  gained_km2: number;
  lost_km2: number;
}

/** Areas of what at least k sites cover, and against what was covered before if that is given. */
export function areas(
  lattice: Lattice,
  counts: Uint8Array,
  rings: Uint8Array,
  k: number,
  before: Uint8Array | null,
  box: Box,
): Areas {
  const total = [0, 0, 0, 0, 0, 0];
  for (let row = box[1]; row < box[3]; row++) {
    let [covered, inside, ring, unknown, gained, lost] = [0, 0, 0, 0, 0, 0];
    let cell = row * lattice.columns + box[0];
    for (let col = box[0]; col < box[2]; col++, cell++) {
      const now = counts[cell] >= k;
      const mark = rings[cell];
      if (mark & IN_RING) {
        ring++;
        if (now) inside++;
        else if (mark & NOT_KNOWN) unknown++;
      }
      if (now) covered++;
      if (before) {
        const was = before[cell] >= k;
        if (now && !was) gained++;
        else if (was && !now) lost++;
      }
    }
    const area = lattice.area_km2[row];
    [covered, inside, ring, unknown, gained, lost].forEach((n, i) => {
      total[i] += n * area;
    });
  }
  const [covered_km2, in_ring_km2, ring_km2, unknown_km2, gained_km2, lost_km2] = total;
  return { covered_km2, in_ring_km2, ring_km2, unknown_km2, gained_km2, lost_km2 };
}

/** The value of a grid at a cell of the lattice, or null outside its window. */
export function valueAt(grid: Grid, col: number, row: number): number | null {
  const c = col - grid.col;
  const r = row - grid.row;
  if (c < 0 || r < 0 || c >= grid.columns || r >= grid.rows) return null;
  return grid.values[r * grid.columns + c];
}
