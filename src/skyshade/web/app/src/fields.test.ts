import { describe, expect, it } from "vitest";
import { countryAt } from "./countries";
import { csv } from "./csv";
import { parseLength, parseNumber } from "./fields";
import { cellsAlong, cellsInside, cornersOf, coveredOf } from "./interest";
import { Lattice, mercator } from "./lattice";
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

describe("an area of interest", () => {
  const shape = { west_deg: 0, north_y_deg: mercator(10), step_deg: 0.05, columns: 200, rows: 200 };
  const lattice = new Lattice(shape);
  const square = [
    [2, 2],
    [4, 2],
    [4, 4],
    [2, 4],
    [2, 2],
  ];

  it("is as large as on the ellipsoid", () => {
    const { cells, amount } = cellsInside(lattice, [square]);
    const km2 = amount.reduce((a, b) => a + b, 0);
    // 2 degrees by 2 degrees about 3 N on WGS-84: 111.17 km by 110.58 km to a degree
    expect(km2 / (4 * 111.17 * 110.58)).toBeCloseTo(1, 2);
    expect(cells.length).toBe(amount.length);
  });

  it("has holes, and ends where the terrain does", () => {
    const hole = square.map(([x, y]) => [2.5 + (x - 2) / 2, 2.5 + (y - 2) / 2]);
    const whole = cellsInside(lattice, [square]).cells.length;
    expect(cellsInside(lattice, [square, hole]).cells.length / whole).toBeCloseTo(0.75, 1);
    const half = square.map(([x, y]) => [x - 3, y]);
    expect(cellsInside(lattice, [half]).cells.length / whole).toBeCloseTo(0.5, 1);
  });

  it("is counted by units, and what is not known apart", () => {
    const along = cellsAlong(lattice, [
      [
        [1, 3],
        [-1, 3],
      ],
    ]);
    const n = lattice.columns * lattice.rows;
    const counts = new Uint8Array(n).fill(1);
    const given = { ground: new Int16Array(n), counts, before: new Uint8Array(n), k: 1 };
    const found = coveredOf(along, given);
    expect(found.total).toBeCloseTo(2 * 111.19 * Math.cos((3 * Math.PI) / 180), 0);
    expect(found.covered / found.total).toBeCloseTo(0.5, 1);
    expect(found.unknown + found.covered).toBeCloseTo(found.total, 3);
    expect(coveredOf(along, { ...given, k: 2 }).covered).toBe(0);
  });

  it("has corners that make sense", () => {
    expect(cornersOf("1 2;3 4;5 6")).toHaveLength(3);
    for (const bad of ["India", "1 2;3 4", "1 2;3 99;5 6", "1 x;3 4;5 6"]) {
      expect(cornersOf(bad)).toBeNull();
    }
  });
});
