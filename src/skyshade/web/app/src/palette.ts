// Colours that people with any colour vision can tell apart (Okabe and Ito 2008; cividis).

import type { Kind } from "./model";

export const GAINED = "#009e73";
export const LOST = "#d55e00";
export const RING = "#1a1a1a";
export const REACH = "#cc79a7";
export const THREAT = "#d55e00";
export const MISSILE = "#0072b2";
export const FRIEND = "#56b4e9";

/** RGB by the number of sites that cover a cell, 1 to 5 and more. */
export const COUNTS: [number, number, number][] = [
  [0, 114, 178],
  [0, 78, 140],
  [8, 48, 104],
  [20, 28, 72],
  [28, 14, 46],
];
export const ENGAGE: [number, number, number][] = [
  [230, 159, 0],
  [200, 128, 0],
  [165, 98, 0],
  [130, 72, 0],
  [96, 50, 0],
];

/** The circle of the press, where someone asks for nothing else. */
export const CIRCLES: [number, number, number][] = [
  [120, 120, 120],
  [95, 95, 95],
  [70, 70, 70],
  [50, 50, 50],
  [35, 35, 35],
];

export const shadesOf = (kind: Kind) =>
  kind === "engageable" ? ENGAGE : kind === "ring" ? CIRCLES : COUNTS;

/** How thick a shade lies over the terrain, of 255. */
export const opacityOf = (kind: Kind, i: number) =>
  Math.min((kind === "ring" ? 70 : 150) + 30 * i, 230);

const PAPER = [240, 239, 230]; // what much of the relief looks like

/** A shade as it looks over pale terrain. */
export const overRelief = (kind: Kind, i: number): string => {
  const [c, part] = [shadesOf(kind)[i], opacityOf(kind, i) / 255];
  return rgb(c.map((x, k) => Math.round(part * x + (1 - part) * PAPER[k])) as typeof c);
};

export const rgb = (c: [number, number, number]) => `rgb(${c.join(",")})`;
export const hexToRgb = (hex: string): [number, number, number] => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];
