// Colours that people with any colour vision can tell apart (Okabe and Ito 2008; cividis), for a map
// on light paper and for one on dark; pictures and print are always light.

import type { Kind } from "./model";

type Shade = [number, number, number];

export const GAINED = "#009e73";
export const LOST = "#d55e00";
export const REACH = "#cc79a7";
export const THREAT = "#d55e00";
export const MISSILE = "#0072b2";
export const FRIEND = "#56b4e9";
export const INTEREST = "#b5179e";
/** A candidate by how often it is in the best plan: never, always. */
export const CANDIDATE = ["#f3e6ef", "#7b1fa2"] as const;

export interface Ink {
  paper: string;
  /** Beneath the terrain, and the hatching on it (as the canvas has its bytes, ABGR). */
  ground: [number, number];
  border: string;
  poor: string;
  ring: string;
  line: string;
  unknown: string;
  /** RGB by the number of sites that cover a cell, 1 to 5 and more. */
  counts: Shade[];
  engage: Shade[];
  /** The circle of the press, where someone asks for nothing else. */
  circles: Shade[];
  /** What much of the relief looks like. */
  relief: Shade;
}

const LIGHT: Ink = {
  paper: "#e8ebee",
  ground: [0xffeeebe8, 0xffc4bfba],
  border: "#555",
  poor: "#777",
  ring: "#1a1a1a",
  line: "#000",
  unknown: "#5a5a5a",
  counts: [
    [0, 114, 178],
    [0, 78, 140],
    [8, 48, 104],
    [20, 28, 72],
    [28, 14, 46],
  ],
  engage: [
    [230, 159, 0],
    [200, 128, 0],
    [165, 98, 0],
    [130, 72, 0],
    [96, 50, 0],
  ],
  circles: [
    [120, 120, 120],
    [95, 95, 95],
    [70, 70, 70],
    [50, 50, 50],
    [35, 35, 35],
  ],
  relief: [240, 239, 230],
};

const DARK: Ink = {
  paper: "#1b1f24",
  ground: [0xff241f1b, 0xff48413b],
  border: "#9aa4ae",
  poor: "#8a8a8a",
  ring: "#f2f2f2",
  line: "#fff",
  unknown: "#a8a8a8",
  counts: [
    [48, 140, 204],
    [98, 178, 230],
    [150, 205, 242],
    [196, 228, 250],
    [232, 245, 254],
  ],
  engage: [
    [214, 148, 0],
    [236, 178, 48],
    [246, 204, 104],
    [251, 225, 158],
    [254, 242, 210],
  ],
  circles: [
    [120, 120, 120],
    [150, 150, 150],
    [180, 180, 180],
    [205, 205, 205],
    [230, 230, 230],
  ],
  relief: [52, 57, 60],
};

let dark = false;

/** Choose what the map is drawn with from now on. */
export const drawDark = (on: boolean) => {
  dark = on;
};
export const isDark = () => dark;
export const ink = (): Ink => (dark ? DARK : LIGHT);

export const shadesOf = (kind: Kind) =>
  kind === "engageable" ? ink().engage : kind === "ring" ? ink().circles : ink().counts;

/** How thick a shade lies over the terrain, of 255. */
export const opacityOf = (kind: Kind, i: number) =>
  Math.min((kind === "ring" ? 70 : 150) + 30 * i, 230);

/** A shade as it looks over the terrain. */
export const overRelief = (kind: Kind, i: number): string => {
  const [c, part] = [shadesOf(kind)[i], opacityOf(kind, i) / 255];
  return rgb(c.map((x, k) => Math.round(part * x + (1 - part) * ink().relief[k])) as Shade);
};

export const rgb = (c: Shade) => `rgb(${c.join(",")})`;
export const hexToRgb = (hex: string): Shade => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];
