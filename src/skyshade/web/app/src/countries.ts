// Which country a place lies in, as the map draws them.

import type { Borders, LonLat } from "./types";

/** Whether a place lies inside a ring (even-odd rule). */
function inRing([x, y]: LonLat, ring: GeoJSON.Position[]): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** The name of the country at a place; null at sea, and where the map has no outline. */
export function countryAt(countries: Borders["countries"], at: LonLat): string | null {
  const holds = ({ geometry }: Borders["countries"][number]) => {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return parts.some(
      ([outer, ...holes]) => inRing(at, outer) && !holes.some((h) => inRing(at, h)),
    );
  };
  return countries.find(holds)?.name ?? null;
}
