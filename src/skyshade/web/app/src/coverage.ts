// From grids of altitudes to what is covered at one altitude: plain loops over typed arrays, fast
// enough to run at every step of the slider.

import { type Grid, NO_GROUND, OFFSET_M, UNKNOWN } from "./frame";
import type { Lattice } from "./lattice";

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

/** km2 of the cells for which a test holds. */
export function areaWhere(
  lattice: Lattice,
  counts: Uint8Array,
  test: (count: number, cell: number) => boolean,
): number {
  let total = 0;
  for (let row = 0, cell = 0; row < lattice.rows; row++) {
    let n = 0;
    for (let col = 0; col < lattice.columns; col++, cell++) if (test(counts[cell], cell)) n++;
    total += n * lattice.area_km2[row];
  }
  return total;
}

/** Cells inside any of these grids' served part: the rings, as far as terrain is there. */
export function served(lattice: Lattice, layers: Layer[], into: Uint8Array): Uint8Array {
  into.fill(0);
  for (const { lowest } of layers) {
    for (let r = 0; r < lowest.rows; r++) {
      let cell = (lowest.row + r) * lattice.columns + lowest.col;
      let i = r * lowest.columns;
      for (let c = 0; c < lowest.columns; c++, cell++, i++) {
        if (lowest.values[i] === UNKNOWN) into[cell] |= 2;
        else if (lowest.values[i] !== 65535) into[cell] |= 1;
      }
    }
  }
  return into;
}

/** The value of a grid at a cell of the lattice, or null outside its window. */
export function valueAt(grid: Grid, col: number, row: number): number | null {
  const c = col - grid.col;
  const r = row - grid.row;
  if (c < 0 || r < 0 || c >= grid.columns || r >= grid.rows) return null;
  return grid.values[r * grid.columns + c];
}
