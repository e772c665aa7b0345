// The reader's choices in the page's address, so that a view can be passed on.

import type { Choices, Kind, Model } from "./model";
import type { Units } from "./units";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function readHash(model: Model, hash: string): Partial<Choices> {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const found: Partial<Choices> = {};
  const kind = given.get("show");
  if (kind && ["visible", "engageable", "reach", "ring"].includes(kind)) found.kind = kind as Kind;
  const [, metres, datum] = /^(\d+)(agl|msl)$/.exec(given.get("at") ?? "") ?? [];
  if (metres)
    found.at = { value_m: Math.min(Number(metres), 40_000), datum: datum as "agl" | "msl" };
  const target = given.get("target");
  if (target && model.case_.targets.some((t) => t.id === target)) found.target = target;
  const k = Number(given.get("k"));
  if (Number.isInteger(k) && k >= 1 && k <= 40) found.k = k;
  const date = given.get("date");
  if (date && DATE.test(date) && !Number.isNaN(Date.parse(date))) found.date = date;
  if (given.get("units") === "nautical") found.units = "nautical" as Units;
  return found;
}

export function writeHash(model: Model): string {
  const c = model.choices;
  return `#${new URLSearchParams({
    show: c.kind,
    at: `${Math.round(c.at.value_m)}${c.at.datum}`,
    target: c.target,
    k: String(c.k),
    date: c.date,
    units: c.units,
  })}`;
}
