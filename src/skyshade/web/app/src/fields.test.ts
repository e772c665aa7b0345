import { describe, expect, it } from "vitest";
import { countryAt } from "./countries";
import { csv } from "./csv";
import { parseLength, parseNumber } from "./fields";
import { crc32, resolutionChunk } from "./png";

describe("a length as people write it", () => {
  it("has a point or a comma, and a unit or none", () => {
    const cases: [string, number][] = [
      ["0,05 km", 50],
      ["0.05km", 50],
      ["100", 100],
      [" 1000 ft ", 304.8],
      ["2 nm", 3704],
      [",5 km", 500],
    ];
    for (const [text, metres] of cases) expect(parseLength(text), text).toBeCloseTo(metres, 6);
  });

  it("is none if it may mean two things, or nothing", () => {
    for (const text of ["1,500", "1,500 km", "", "km", "1 parsec", "1e3", "1,2,3", "٣"]) {
      expect(parseLength(text), text).toBeNaN();
    }
    expect(parseLength("0,500 km")).toBe(500); // nobody writes thousands so
  });

  it("or is a plain number", () => {
    expect(parseNumber("0,5")).toBe(0.5);
    expect(parseNumber("5 km")).toBeNaN();
  });
});

describe("a table", () => {
  it("is quoted where it must be, and never a formula", () => {
    const rows = [{ name: '=1+1, "x"', n: -1.5, none: null }];
    expect(csv(rows)).toBe('name,n,none\n"\'=1+1, ""x""",-1.5,\n');
  });
});

describe("a PNG for print", () => {
  it("has checksums as the standard's annex D", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926); // the usual check value
    expect(crc32(new TextEncoder().encode("IEND"))).toBe(0xae426082); // as every PNG ends
  });

  it("says its dots to the metre", () => {
    const chunk = resolutionChunk(300);
    expect(new DataView(chunk.buffer).getUint32(8)).toBe(11811); // 300 / 0.0254
    expect(new TextDecoder().decode(chunk.slice(4, 8))).toBe("pHYs");
  });
});

describe("a country", () => {
  const square = (x: number) => [
    [x, 0],
    [x + 4, 0],
    [x + 4, 4],
    [x, 4],
    [x, 0],
  ];
  const hole = [
    [1, 1],
    [2, 1],
    [2, 2],
    [1, 2],
    [1, 1],
  ];
  const land = [
    { name: "A", geometry: { type: "Polygon" as const, coordinates: [square(0), hole] } },
    { name: "B", geometry: { type: "MultiPolygon" as const, coordinates: [[square(10)], [hole]] } },
  ];

  it("holds what lies inside and not in its holes", () => {
    expect(countryAt(land, [3, 3])).toBe("A");
    expect(countryAt(land, [1.5, 1.5])).toBe("B"); // an enclave
    expect(countryAt(land, [11, 1])).toBe("B");
    expect(countryAt(land, [7, 1])).toBeNull();
  });
});
