import { expect, test } from "vitest";
import { chancesOf, monthWords } from "./chances";
import type { Forecast } from "./types";

const spread = { p10: "2026-12-01", p50: "2027-06-01", p90: "2029-08-01" };
const made: Forecast = {
  known_on: "2026-11-21",
  unit_name: "regiment",
  unit_names: "regiments",
  stretches_observed: 9,
  fan: [],
  units: [{ id: "regiment-5", title: "fifth regiment", delivered: spread, operational: spread }],
  probability_by_month: [
    { date: "2026-11-21", "regiment-5": { delivered: 0, operational: 0 } },
    { date: "2027-06-21", "regiment-5": { delivered: 0.5, operational: 0.25 } },
    { date: "2028-06-21", "regiment-5": { delivered: 0.8, operational: 0.7 } },
  ],
};

test("a unit has a curve for delivery and a dashed one for operation, in per cent", () => {
  const { series, end } = chancesOf(made);
  expect(series.map((s) => s.y)).toEqual([
    [0, 50, 80],
    [0, 25, 70],
  ]);
  expect(series.map((s) => s.dash)).toEqual([undefined, "4 3"]);
  expect(end).toBe("2028-06-21");
});

test("what the curve says in words", () => {
  expect(monthWords("2027-06-30")).toBe("June 2027");
  expect(chancesOf(made).said).toContain(
    "The fifth regiment: an even chance of delivery by June 2027.",
  );
  const later = { ...made, probability_by_month: made.probability_by_month.slice(0, 1) };
  expect(chancesOf(later).said).toContain("not within these years");
});

test("nothing is drawn where nothing is due", () => {
  const none = { ...made, units: [], probability_by_month: [] };
  expect(chancesOf(none).series).toEqual([]);
});
