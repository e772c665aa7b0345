import { describe, expect, it } from "vitest";
import { readSites, writeSites } from "./hash";
import type { Site } from "./types";

const site = (id: string, lon: number) =>
  ({ id, name: id.toUpperCase(), lon, lat: 30, rounding_deg: 0.5 }) as Site;
const base = [site("a", 75), site("b", 80)];

describe("a draft in the address", () => {
  it("comes back as it was written", () => {
    const sites = [
      { id: "a", like: "a", name: "A", lon: 75.5, lat: -31 },
      { id: "unit-3", like: "b", name: "Unit 3", lon: 80, lat: 20.5 },
    ];
    expect(readSites(writeSites(sites), base)).toEqual(sites);
  });

  it("keeps to the sector's rounding, whatever the address says", () => {
    expect(readSites("a:a:75.123:30.3", base)).toMatchObject([{ lon: 75, lat: 30.5 }]);
  });

  it("is left out if it makes no sense", () => {
    const bad = ["x", "a:a:75", "a:a::30", "a:a:75:99", "a:b:75:30", "u:c:75:30", "<b>:a:75:30"];
    for (const text of [...bad, "a:a:75:30,a:a:76:30", "", "a:a:1:1,"]) {
      expect(readSites(text, base), text).toBeNull();
    }
    expect(
      readSites(Array.from({ length: 41 }, (_, i) => `u${i}:a:75:30`).join(), base),
    ).toBeNull();
  });
});
