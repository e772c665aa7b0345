// Terrain as a picture: quiet tints by height under a hillshade, so that overlays stay readable.

import { NO_GROUND } from "./frame";
import { type Lattice, RAD } from "./lattice";

const SUN_AZ = (315 * Math.PI) / 180;
const SUN_EL = (45 * Math.PI) / 180;
const RELIEF = 6; // heights are so many times exaggerated: cells are kilometres wide
type Tint = [number, number, number];
interface Tints {
  sea: Tint;
  unknown: Tint;
  /** Height (m) and its tint, low to high. */
  land: [number, Tint][];
}
const LIGHT: Tints = {
  sea: [222, 232, 240],
  unknown: [205, 205, 205],
  land: [
    [0, [238, 240, 233]],
    [300, [243, 240, 228]],
    [1500, [233, 224, 206]],
    [4000, [226, 219, 212]],
    [9000, [252, 252, 252]],
  ],
};
const DARK: Tints = {
  sea: [24, 32, 42],
  unknown: [62, 62, 62],
  land: [
    [0, [48, 54, 54]],
    [300, [54, 58, 56]],
    [1500, [70, 68, 62]],
    [4000, [92, 90, 88]],
    [9000, [130, 130, 132]],
  ],
};

function tint(z: number, land: Tints["land"]): Tint {
  let k = 1;
  while (k < land.length - 1 && z > land[k][0]) k++;
  const [z0, a] = land[k - 1];
  const [z1, b] = land[k];
  const u = Math.min(Math.max((z - z0) / (z1 - z0), 0), 1);
  return [a[0] + u * (b[0] - a[0]), a[1] + u * (b[1] - a[1]), a[2] + u * (b[2] - a[2])];
}

/** RGBA of the shaded terrain (central differences, sun in the north-west). */
export function shade(
  lattice: Lattice,
  ground: Int16Array,
  dark = false,
): Uint8ClampedArray<ArrayBuffer> {
  const tints = dark ? DARK : LIGHT;
  const { columns, rows } = lattice;
  const pixels = new Uint32Array(columns * rows);
  const colours = Array.from({ length: 256 }, (_, i) => tint(i * 40, tints.land));
  const pack = (c: number[], light: number) =>
    ((255 << 24) |
      (Math.min(c[2] * light, 255) << 16) |
      (Math.min(c[1] * light, 255) << 8) |
      Math.min(c[0] * light, 255)) >>>
    0;
  const [sea, unknown] = [pack(tints.sea, 1), pack(tints.unknown, 1)];
  const east = Math.cos(SUN_EL) * Math.sin(SUN_AZ);
  const north = Math.cos(SUN_EL) * Math.cos(SUN_AZ);
  const up = Math.sin(SUN_EL);
  const land = (z: number) => (z === NO_GROUND ? 0 : z);
  for (let r = 0, i = 0; r < rows; r++) {
    const cell = lattice.step * 111320 * Math.cos(lattice.latitudes[r] * RAD);
    const scale = RELIEF / (2 * cell);
    const above = r > 0 ? -columns : 0;
    const below = r < rows - 1 ? columns : 0;
    for (let c = 0; c < columns; c++, i++) {
      const z = ground[i];
      if (z === NO_GROUND) pixels[i] = unknown;
      else if (z === 0) pixels[i] = sea;
      else {
        const dx =
          (land(ground[c < columns - 1 ? i + 1 : i]) - land(ground[c > 0 ? i - 1 : i])) * scale;
        const dy = (land(ground[i + above]) - land(ground[i + below])) * scale;
        const sun = (up - dx * east - dy * north) / Math.sqrt(1 + dx * dx + dy * dy);
        const tinted = colours[z > 0 ? (z < 10_200 ? (z / 40) | 0 : 255) : 0];
        pixels[i] = pack(tinted, 0.62 + 0.54 * Math.max(sun, 0));
      }
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}
