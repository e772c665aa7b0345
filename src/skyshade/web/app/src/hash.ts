// What the reader sees, in the page's address, so that a view can be passed on.

import { Draft, MOST_SITES, MOST_TARGETS } from "./draft";
import type { Choices, Kind, Model } from "./model";
import type { Case, DraftSite, LonLat, NextSpec, RaidSpec, Site } from "./types";
import type { Units } from "./units";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const ID = /^[\w-]{1,60}$/;
const JOB = /^job-[0-9a-f]{16}$/;
// a name of the map, or corners
const INTEREST = /^([A-Za-z][A-Za-z -]{0,80}|-?[\d.]+ -?[\d.]+(;-?[\d.]+ -?[\d.]+){2,59})$/;
export const STORY_STEPS = 5;

export interface View {
  lon: number;
  lat: number;
  zoom: number;
}

export interface Shared {
  choices: Partial<Choices>;
  /** The draft, if it differs from the case. */
  sites: DraftSite[] | null;
  view: View | null;
  /** The parts that make no sense, as they stand in the address. */
  refused: string[];
}

/** What an address asks for; whatever makes no sense is left out, and named. */
export function readHash(model: Model, hash: string): Shared {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const found: Partial<Choices> = {};
  const kind = given.get("show");
  if (kind && ["visible", "engageable", "reach", "ring"].includes(kind)) found.kind = kind as Kind;
  const [, metres, datum] = /^(\d+)(agl|msl)$/.exec(given.get("at") ?? "") ?? [];
  if (metres && Number(metres) >= 1 && Number(metres) <= 40_000)
    found.at = { value_m: Number(metres), datum: datum as "agl" | "msl" };
  const target = given.get("target");
  if (target && model.case_.targets.some((t) => t.id === target)) found.target = target;
  const k = Number(given.get("k"));
  if (Number.isInteger(k) && k >= 1 && k <= MOST_SITES) found.k = k;
  const date = given.get("date");
  if (date && isDay(date)) found.date = date;
  if (given.get("units") === "nautical") found.units = "nautical" as Units;
  if (given.get("diff") === "1") found.diff = true;
  const raid = readRaid(given.get("raid"), model.case_);
  if (raid) found.raid = raid;
  const known = given.get("known");
  if (known && isDay(known)) found.known = known;
  const next = readNext(given.get("next"), model.case_);
  if (next) found.next = next;
  for (const key of ["raidJob", "nextJob"] as const) {
    const job = given.get(key.toLowerCase());
    if (job && JOB.test(job)) found[key] = job;
  }
  const line = readLine(given.get("line"));
  if (line) found.line = line;
  const interest = given.get("of");
  if (interest && INTEREST.test(interest)) found.interest = interest;
  const story = Number(given.get("story"));
  if (Number.isInteger(story) && story >= 1 && story <= STORY_STEPS) found.story = story;
  const sites = readSites(given.get("sites"), model.case_.sites);
  const view = readView(given.get("map"));
  const read: Record<string, unknown> = {
    show: found.kind,
    at: found.at,
    target: found.target,
    k: found.k,
    date: found.date,
    raid: found.raid,
    known: found.known,
    next: found.next,
    raidjob: found.raidJob,
    nextjob: found.nextJob,
    line: found.line,
    of: found.interest,
    story: found.story,
    sites,
    map: view,
  };
  const refused = Object.keys(read).filter((key) => given.get(key) && !read[key]);
  return {
    choices: found,
    sites,
    view,
    refused: refused.map((key) => `${key}=${given.get(key)}`),
  };
}

/** Whether a day stands in the calendar. */
export const isDay = (text: string): boolean => {
  const day = DATE.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
};

export function writeHash(model: Model, view: View): string {
  const c = model.choices;
  const said: Record<string, string> = {
    show: c.kind,
    at: `${Math.round(c.at.value_m)}${c.at.datum}`,
    target: c.target,
    k: String(c.k),
    date: c.date,
    units: c.units,
    map: `${+view.lon.toFixed(3)},${+view.lat.toFixed(3)},${+view.zoom.toFixed(2)}`,
  };
  if (c.diff) said.diff = "1";
  if (c.known) said.known = c.known;
  if (c.raid) said.raid = writeRaid(c.raid);
  if (c.raidJob) said.raidjob = c.raidJob;
  if (c.next) said.next = writeNext(c.next);
  if (c.nextJob) said.nextjob = c.nextJob;
  if (c.line)
    said.line = c.line
      .flat()
      .map((x) => +x.toFixed(4))
      .join(",");
  if (c.interest) said.of = c.interest;
  if (c.story) said.story = String(c.story);
  if (model.draft.changed) said.sites = writeSites(model.draft.sites);
  const parts = Object.entries(said).map(([key, v]) => `${key}=${encodeURIComponent(v)}`);
  return `#${parts.join("&").replace(/%2C/g, ",").replace(/%3A/g, ":")}`;
}

/** Whether an address differs from the one before in more than what is drawn along. */
export function isStep(before: string, after: string): boolean {
  const [a, b] = [before, after].map((text) => {
    const given = new URLSearchParams(text.replace(/^#/, ""));
    for (const key of ["map", "at", "date"]) given.delete(key);
    return given.toString();
  });
  return before !== "" && a !== b;
}

export const writeSites = (sites: DraftSite[]): string =>
  sites.map((s) => [s.id, s.like, s.lon, s.lat].join(":")).join(",");

export function readSites(text: string | null, base: Site[]): DraftSite[] | null {
  if (!text) return null;
  const draft = new Draft(base);
  const sites: DraftSite[] = [];
  for (const part of text.split(",")) {
    const [id, like, lon, lat] = part.split(":");
    const at = [Number(lon || Number.NaN), Number(lat || Number.NaN)] as const;
    const own = base.find((s) => s.id === id);
    if (!ID.test(id) || !base.some((s) => s.id === like) || (own && like !== id)) return null;
    if (!(Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 85)) return null;
    if (sites.some((s) => s.id === id) || sites.length >= MOST_SITES) return null;
    const name = own?.name ?? id.replace(/^unit-/, "Unit ");
    sites.push(draft.rounded({ id, like, name, lon: at[0], lat: at[1] }));
  }
  return sites;
}

export const writeRaid = (r: RaidSpec): string =>
  [
    r.n_targets,
    r.target,
    r.bearing_deg,
    r.place,
    r.altitude ? `${r.altitude.value_m}${r.altitude.datum}` : "usual",
  ].join(",");

export function readRaid(
  text: string | null,
  { targets, places, altitudes }: Pick<Case, "targets" | "places" | "altitudes">,
): RaidSpec | null {
  const [n, target, bearing, place, level] = (text ?? "").split(",");
  const at = altitudes.find((x) => `${x.value_m}${x.datum}` === level);
  const known = targets.some((t) => t.id === target) && places.some((p) => p.id === place);
  const [n_targets, bearing_deg] = [Number(n), Number(bearing)];
  const sound =
    n_targets >= 1 && n_targets <= MOST_TARGETS && bearing_deg >= 0 && bearing_deg <= 360;
  if (!known || !sound || !Number.isInteger(n_targets)) return null;
  const altitude = at ? { value_m: at.value_m, datum: at.datum } : null;
  return { n_targets, target, bearing_deg, place, altitude };
}

export const writeNext = (n: NextSpec): string =>
  [n.like, n.count, n.within, n.spacing_deg ?? "", n.border_m, n.cover, n.area, n.line].join(",");

export function readNext(text: string | null, { sites }: Pick<Case, "sites">): NextSpec | null {
  const [like, n, within, step, border, cover, area, line] = (text ?? "").split(",");
  const [count, border_m] = [Number(n), Number(border)];
  const spacing_deg = step ? Number(step) : null;
  const sound =
    sites.some((s) => s.id === like) &&
    Number.isInteger(count) &&
    count >= 1 &&
    count <= 5 &&
    border_m >= 0 &&
    border_m <= 1e6 &&
    (spacing_deg === null || (spacing_deg > 0 && spacing_deg <= 10)) &&
    ["places", "area", "line"].includes(cover);
  if (!sound || !within) return null;
  return {
    like,
    count,
    within,
    spacing_deg,
    border_m,
    cover: cover as NextSpec["cover"],
    area: area ?? "",
    line: line ?? "",
  };
}

function readLine(text: string | null): [LonLat, LonLat] | null {
  const x = (text ?? "").split(",").map((part) => (part ? Number(part) : Number.NaN));
  const sound = (lon: number, lat: number) => Math.abs(lon) <= 180 && Math.abs(lat) <= 85;
  if (x.length !== 4 || !sound(x[0], x[1]) || !sound(x[2], x[3])) return null;
  return [
    [x[0], x[1]],
    [x[2], x[3]],
  ];
}

function readView(text: string | null): View | null {
  const [lon, lat, zoom] = (text ?? "").split(",").map(Number);
  const sound = Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 22;
  return sound ? { lon, lat, zoom } : null;
}
