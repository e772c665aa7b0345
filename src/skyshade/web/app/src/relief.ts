// Terrain as a picture: quiet tints by height under a hillshade, so that overlays stay readable.

import { NO_GROUND } from "./frame";
import { type Lattice, latitude } from "./lattice";

const SUN_AZ = (315 * Math.PI) / 180;
const SUN_EL = (45 * Math.PI) / 180;
const SEA: [number, number, number] = [222, 232, 240];
const VOID: [number, number, number] = [205, 205, 205];
// height (m) and its tint, low to high
const TINTS: [number, [number, number, number]][] = [
  [0, [238, 240, 233]],
  [300, [243, 240, 228]],
  [1500, [233, 224, 206]],
  [4000, [226, 219, 212]],
  [9000, [252, 252, 252]],
];

function tint(z: number): [number, number, number] {
  let k = 1;
  while (k < TINTS.length - 1 && z > TINTS[k][0]) k++;
  const [z0, a] = TINTS[k - 1];
  const [z1, b] = TINTS[k];
  const u = Math.min(Math.max((z - z0) / (z1 - z0), 0), 1);
  return [a[0] + u * (b[0] - a[0]), a[1] + u * (b[1] - a[1]), a[2] + u * (b[2] - a[2])];
}

/** RGBA of the shaded terrain (Horn's slopes, sun in the north-west). */
export function shade(lattice: Lattice, ground: Int16Array): Uint8ClampedArray<ArrayBuffer> {
  const { columns, rows } = lattice;
  const out = new Uint8ClampedArray(columns * rows * 4);
  const colours = Array.from({ length: 181 }, (_, i) => tint(i * 50));
  const z = (c: number, r: number) => {
    const v = ground[Math.min(Math.max(r, 0), rows - 1) * columns + c];
    return v === NO_GROUND ? 0 : v;
  };
  for (let r = 0; r < rows; r++) {
    const lat = latitude(lattice.north - (r + 0.5) * lattice.step);
    const cell = lattice.step * 111320 * Math.cos((lat * Math.PI) / 180);
    const scale = 6 / (8 * cell); // relief six times exaggerated: cells are kilometres wide
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      const own = ground[i];
      let [red, green, blue] =
        own === NO_GROUND
          ? VOID
          : own === 0
            ? SEA
            : colours[Math.min(Math.max(Math.round(own / 50), 0), 180)];
      if (own !== NO_GROUND && own !== 0) {
        const w = Math.max(c - 1, 0);
        const e = Math.min(c + 1, columns - 1);
        const nw = z(w, r - 1);
        const ne = z(e, r - 1);
        const sw = z(w, r + 1);
        const se = z(e, r + 1);
        const dx = (ne + 2 * z(e, r) + se - nw - 2 * z(w, r) - sw) * scale;
        const dy = (sw + 2 * z(c, r + 1) + se - nw - 2 * z(c, r - 1) - ne) * scale;
        const norm = Math.sqrt(1 + dx * dx + dy * dy);
        const sun =
          (Math.sin(SUN_EL) - Math.cos(SUN_EL) * (dx * Math.sin(SUN_AZ) - dy * Math.cos(SUN_AZ))) /
          norm;
        const light = 0.62 + 0.54 * Math.max(sun, 0);
        red *= light;
        green *= light;
        blue *= light;
      }
      out[4 * i] = red;
      out[4 * i + 1] = green;
      out[4 * i + 2] = blue;
      out[4 * i + 3] = 255;
    }
  }
  return out;
}
