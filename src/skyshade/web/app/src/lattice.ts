// The grid that everything is drawn on: regular in Web Mercator.

import type { LatticeShape, LonLat } from "./types";

const A_M = 6378137.0; // WGS-84
const E2 = 6.69437999014e-3;
export const EARTH_M = 6371008.8; // mean radius, for rings and bearings that are only drawn
export const RAD = Math.PI / 180;

export const mercator = (lat: number) => Math.asinh(Math.tan(lat * RAD)) / RAD;
export const latitude = (y: number) => Math.atan(Math.sinh(y * RAD)) / RAD;

export class Lattice {
  readonly west: number;
  readonly north: number;
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  /** Of the middle of each row. */
  readonly latitudes: Float64Array;
  /** km2 of a cell, by row, on the ellipsoid. */
  readonly area_km2: Float32Array;

  constructor(shape: LatticeShape) {
    this.west = shape.west_deg;
    this.north = shape.north_y_deg;
    this.step = shape.step_deg;
    this.columns = shape.columns;
    this.rows = shape.rows;
    this.latitudes = Float64Array.from({ length: this.rows }, (_, row) => this.latitudeOf(row));
    this.area_km2 = Float32Array.from({ length: this.rows }, (_, row) => this.areaOf(row));
  }

  /** Latitude of the middle of a row, also of one beyond the lattice. */
  latitudeOf(row: number): number {
    return latitude(this.north - (row + 0.5) * this.step);
  }

  /** km2 of a cell of a row, on the ellipsoid. */
  areaOf(row: number): number {
    const top = latitude(this.north - row * this.step);
    const bottom = latitude(this.north - (row + 1) * this.step);
    const phi = ((top + bottom) / 2) * RAD;
    const w = Math.sqrt(1 - E2 * Math.sin(phi) ** 2);
    const meridian = (A_M * (1 - E2)) / w ** 3;
    const parallel = (A_M / w) * Math.cos(phi);
    return (meridian * (top - bottom) * RAD * parallel * this.step * RAD) / 1e6;
  }

  /** Column and row of a place; it may lie outside. */
  cell(lon: number, lat: number): [number, number] {
    return [
      Math.floor((lon - this.west) / this.step),
      Math.floor((this.north - mercator(lat)) / this.step),
    ];
  }

  has(col: number, row: number): boolean {
    return col >= 0 && row >= 0 && col < this.columns && row < this.rows;
  }

  /** Corners for an image of the whole lattice, clockwise from the north-west. */
  corners(): [LonLat, LonLat, LonLat, LonLat] {
    const east = this.west + this.columns * this.step;
    const north = latitude(this.north);
    const south = latitude(this.north - this.rows * this.step);
    return [
      [this.west, north],
      [east, north],
      [east, south],
      [this.west, south],
    ];
  }
}

/** The place at a distance and bearing, on a sphere: for drawing. */
export function destination(from: LonLat, bearing_deg: number, distance_m: number): LonLat {
  const d = distance_m / EARTH_M;
  const phi = from[1] * RAD;
  const b = bearing_deg * RAD;
  const sin = Math.sin(phi) * Math.cos(d) + Math.cos(phi) * Math.sin(d) * Math.cos(b);
  const lat = Math.asin(sin);
  const lon =
    from[0] * RAD +
    Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(phi), Math.cos(d) - Math.sin(phi) * sin);
  return [lon / RAD, lat / RAD];
}

export function ringAround(centre: LonLat, radius_m: number, n = 180): LonLat[] {
  return Array.from({ length: n + 1 }, (_, i) => destination(centre, (360 * i) / n, radius_m));
}

/** Distance (m) and bearing (degrees) from one place to another, on a sphere. */
export function bearingTo(from: LonLat, to: LonLat): [number, number] {
  const [f1, f2] = [from[1] * RAD, to[1] * RAD];
  const dl = (to[0] - from[0]) * RAD;
  const h = Math.sin((f2 - f1) / 2) ** 2 + Math.cos(f1) * Math.cos(f2) * Math.sin(dl / 2) ** 2;
  const y = Math.sin(dl) * Math.cos(f2);
  const x = Math.cos(f1) * Math.sin(f2) - Math.sin(f1) * Math.cos(f2) * Math.cos(dl);
  return [2 * EARTH_M * Math.asin(Math.sqrt(h)), (Math.atan2(y, x) / RAD + 360) % 360];
}
