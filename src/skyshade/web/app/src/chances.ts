// The forecast as a curve: how likely it is, month by month, that a unit has come.

import type { Chance, Forecast } from "./types";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9"];
const MONTHS =
  "January February March April May June July August September October November December";

export interface Curve {
  days: string[];
  y: number[];
  colour: string;
  dash?: string;
}

/** "2027-06-30" as a sentence has it: the month of a guess is exact enough. */
export const monthWords = (iso: string) =>
  `${MONTHS.split(" ")[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)}`;

/** How likely it is that each unit still due has come by a day: the last month that has ended. */
export function chancesOn(f: Forecast, day: string): string {
  const row = f.probability_by_month.filter((r) => (r.date as string) <= day).at(-1);
  if (!f.units.length || day <= f.known_on) return "";
  const percent = (p: number) =>
    p > 0.99 ? "over 99 %" : p < 0.01 ? "under 1 %" : `${Math.round(100 * p)} %`;
  return f.units
    .map(({ id, title }) => {
      const { delivered, operational } = (row?.[id] as Chance | undefined) ?? {
        delivered: 0,
        operational: 0,
      };
      return `Chance that the ${title} has come by ${day}: ${percent(delivered)} delivered, ${percent(operational)} in service.`;
    })
    .join(" ");
}

/** Two curves for each unit still due, the last month of them, and what they say in words. */
export function chancesOf(f: Forecast): { series: Curve[]; end: string; said: string } {
  const rows = f.probability_by_month;
  const days = rows.map((row) => row.date as string);
  const series = f.units.flatMap((unit, k) => {
    const of = (what: keyof Chance) => rows.map((row) => 100 * (row[unit.id] as Chance)[what]);
    const colour = COLOURS[k % COLOURS.length];
    return [
      { days, y: of("delivered"), colour },
      { days, y: of("operational"), colour, dash: "4 3" },
    ];
  });
  const said = f.units
    .map((unit) => {
      const even = rows.find((row) => (row[unit.id] as Chance).delivered >= 0.5);
      const when = even ? `by ${monthWords(even.date as string)}` : "not within these years";
      return `The ${unit.title}: an even chance of delivery ${when}.`;
    })
    .join(" ");
  return { series, end: days.at(-1) ?? f.known_on, said: `${said} Dashed: operational.` };
}
