// The sites as the reader has them now, with undo. Positions keep to the sector's rounding.

import type { DraftSite, LonLat, Site } from "./types";

/** As many as the server takes. */
export const MOST_SITES = 40;
export const MOST_TARGETS = 400;

export const asDraft = (s: Site): DraftSite => ({
  id: s.id,
  like: s.id,
  name: s.name,
  lon: s.lon,
  lat: s.lat,
});

export const spot = (s: DraftSite) => `${s.like}/${s.lon}/${s.lat}`;

/** A key for several units and a class: where they stand, in any order. */
export const together = (sites: DraftSite[], target: string) =>
  `${sites.map(spot).sort().join("; ")} ${target}`;

export const snap = (value: number, step: number) =>
  Math.round(Math.round(value / step) * step * 1e6) / 1e6;

export class Draft {
  sites: DraftSite[];
  private past: DraftSite[][] = [];
  private future: DraftSite[][] = [];

  constructor(readonly base: Site[]) {
    this.sites = base.map(asDraft);
  }

  model(site: DraftSite): Site {
    return this.base.find((s) => s.id === site.like)!;
  }

  get changed(): boolean {
    return JSON.stringify(this.sites) !== JSON.stringify(this.base.map(asDraft));
  }

  /** What differs from the scenario, in words; empty if nothing does. */
  get changes(): string {
    const now = new Map(this.sites.map((s) => [s.id, s]));
    const moved = this.base.filter(
      (s) => now.has(s.id) && spot(now.get(s.id)!) !== spot(asDraft(s)),
    );
    const gone = this.base.filter((s) => !now.has(s.id));
    const added = this.sites.filter((s) => !this.base.some((b) => b.id === s.id));
    const said = [
      [moved, "moved"],
      [added, "added"],
      [gone, "left out"],
    ] as const;
    return said
      .filter(([sites]) => sites.length)
      .map(([sites, what]) => `${sites.map((s) => s.name).join(", ")} ${what}`)
      .join("; ");
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  set(sites: DraftSite[]) {
    this.past.push(this.sites);
    this.future = [];
    this.sites = sites;
  }

  /** A site where its sector's rounding puts it. */
  rounded(site: DraftSite): DraftSite {
    const step = this.model(site).rounding_deg;
    return { ...site, lon: snap(site.lon, step), lat: snap(site.lat, step) };
  }

  moved(id: string, [lon, lat]: LonLat): DraftSite {
    return this.rounded({ ...this.sites.find((s) => s.id === id)!, lon, lat });
  }

  move(id: string, to: LonLat) {
    const moved = this.moved(id, to);
    if (this.sites.some((s) => s.id === id && spot(s) === spot(moved))) return;
    this.set(this.sites.map((s) => (s.id === id ? moved : s)));
  }

  /** One more unit; `along`: in the same step as the change before. */
  add(like: string, at: LonLat, along = false): DraftSite {
    let n = this.sites.length + 1;
    while (this.sites.some((s) => s.id === `unit-${n}`)) n++;
    const [lon, lat] = at;
    const site = this.rounded({ id: `unit-${n}`, like, name: `Unit ${n}`, lon, lat });
    if (along) this.sites = [...this.sites, site];
    else this.set([...this.sites, site]);
    return site;
  }

  remove(id: string) {
    this.set(this.sites.filter((s) => s.id !== id));
  }

  reset() {
    this.set(this.base.map(asDraft));
  }

  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.sites);
    this.sites = before;
  }

  /** Take back a step that was refused: it can not be done again. */
  drop(site: DraftSite) {
    if (!this.sites.includes(site)) return; // moved on since
    this.undo();
    this.future.pop();
  }

  redo() {
    const after = this.future.pop();
    if (!after) return;
    this.past.push(this.sites);
    this.sites = after;
  }
}
