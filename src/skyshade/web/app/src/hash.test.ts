import { describe, expect, it } from "vitest";
import { isDay, isStep, readHash, readNext, readSites, writeNext, writeSites } from "./hash";
import type { Model } from "./model";
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

describe("a question where next", () => {
  const spec = {
    like: "a",
    count: 2,
    within: "India",
    spacing_deg: 2,
    border_m: 1e5,
    cover: "line" as const,
    area: "India",
    line: "India-Nepal",
  };

  it("comes back as it was written", () => {
    expect(readNext(writeNext(spec), { sites: base })).toEqual(spec);
    const sectors = { ...spec, within: "sectors", spacing_deg: null };
    expect(readNext(writeNext(sectors), { sites: base })).toEqual(sectors);
  });

  it("is left out if it makes no sense", () => {
    for (const change of [{ like: "x" }, { count: 9 }, { border_m: -1 }, { spacing_deg: 99 }]) {
      expect(readNext(writeNext({ ...spec, ...change }), { sites: base })).toBeNull();
    }
  });
});

describe("an address", () => {
  const model = { case_: { targets: [{ id: "fighter" }], places: [], altitudes: [], sites: base } };
  const read = (hash: string) => readHash(model as unknown as Model, hash);

  it("names what it asks for and cannot be", () => {
    expect(read("#date=2026-02-30&show=visible&k=0").refused).toEqual(["k=0", "date=2026-02-30"]);
    expect(read("#target=dragon&at=30agl&map=1,2").refused).toEqual(["target=dragon", "map=1,2"]);
    const far = "at=1000000agl";
    expect(read(`#${far}&line=1,2,3&raidjob=x&story=6`).refused).toEqual([
      far,
      "raidjob=x",
      "line=1,2,3",
      "story=6",
    ]);
    expect(read("#date=2024-02-29&show=ring&k=2&units=metric").refused).toEqual([]);
    expect(read("").refused).toEqual([]);
  });

  it("takes days of the calendar alone", () => {
    for (const day of ["2024-02-29", "2026-12-31"]) expect(isDay(day), day).toBe(true);
    for (const day of ["2026-02-29", "2026-13-01", "2026-1-1", "0000-00-00", "today"]) {
      expect(isDay(day), day).toBe(false);
    }
  });

  it("is a step back for a choice, not for what is drawn along", () => {
    expect(isStep("#show=ring&at=30agl&map=1,2,3", "#show=visible&at=30agl&map=1,2,3")).toBe(true);
    expect(isStep("#show=ring&at=30agl&map=1,2,3", "#show=ring&at=40agl&map=4,5,6")).toBe(false);
    expect(isStep("", "#show=ring")).toBe(false);
  });
});
