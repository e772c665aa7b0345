// Lengths as the reader wants them: metric, or nautical miles and feet.

import type { LonLat } from "./types";

export type Units = "metric" | "nautical";
export const NM_M = 1852;
export const FT_M = 0.3048;

const grouped = (x: number, digits = 0) =>
  x.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 });

export function distance(m: number, units: Units): string {
  const [value, unit] = units === "metric" ? [m / 1000, "km"] : [m / NM_M, "nm"];
  return `${grouped(value, value < 10 ? 1 : 0)} ${unit}`;
}

export function height(m: number, units: Units): string {
  if (units === "nautical") return `${grouped(Math.round(m / FT_M / 10) * 10)} ft`;
  return m >= 10_000 ? `${grouped(m / 1000, 1)} km` : `${grouped(Math.round(m))} m`;
}

/** A scale for charts: in what unit, and how many metres it is. */
export const kilometres = (units: Units): [string, number] =>
  units === "metric" ? ["km", 1000] : ["nm", NM_M];
export const metres = (units: Units): [string, number] =>
  units === "metric" ? ["m", 1] : ["ft", FT_M];

/** A published length or speed as the reader counts, where that is not how it was published. */
export function converted(value: unknown, unit: string, title: string, units: Units) {
  if (units === "metric" || typeof value !== "number") return null;
  if (unit === "m/s") return `${grouped((value / NM_M) * 3600)} kn`;
  if (unit !== "m") return null;
  return /altitude|height|antenna/i.test(title) ? height(value, units) : distance(value, units);
}

export function area(km2: number, units: Units): string {
  const value = units === "metric" ? km2 : km2 / 1.852 ** 2;
  const digits = 10 ** Math.max(Math.floor(Math.log10(Math.max(value, 1))) - 2, 0);
  return `${grouped(Math.round(value / digits) * digits)} ${units === "metric" ? "km²" : "nm²"}`;
}

export const percent = (share: number, digits = share < 0.1 ? 1 : 0) =>
  `${(100 * share).toFixed(digits)} %`;

/** Where a place is, in degrees with the letters of the compass. */
export function placeText([lon, lat]: LonLat, digits = 1): string {
  const part = (x: number, [plus, minus]: string) =>
    `${+Math.abs(x).toFixed(digits)}° ${x < 0 ? minus : plus}`;
  return `${part(lon, "EW")}, ${part(lat, "NS")}`;
}
