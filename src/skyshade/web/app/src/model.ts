// What is shown: the case, the draft, the reader's choices, and what follows from them.

import { countryAt } from "./countries";
import {
  type Areas,
  type At,
  areas,
  type Box,
  boxOf,
  countRings,
  countSites,
  type Layer,
  markRings,
  type Ring,
  ringsBeyond,
} from "./coverage";
import { asDraft, Draft, spot, together } from "./draft";
import { type Frame, type Grid, NO_GROUND } from "./frame";
import { Lattice } from "./lattice";
import { type Folder, Lost, type Server } from "./source";
import type {
  Borders,
  Case,
  DraftSite,
  Force,
  Forecast,
  LonLat,
  NextPoint,
  NextSpec,
  RaidSpec,
  Reach,
  Site,
} from "./types";
import type { Units } from "./units";

export type Kind = "visible" | "engageable" | "reach" | "ring";

/** How long to wait before a server that was lost is asked again. */
export const RETRY_MS = 3000;

export interface Choices {
  kind: Kind;
  at: At;
  target: string;
  k: number;
  date: string;
  units: Units;
  diff: boolean;
  /** The forecast is of what had been published by this day, if not of all. */
  known?: string;
  /** The raid that the reader has put together, if any, and the job that ran it. */
  raid?: RaidSpec;
  raidJob?: string;
  /** The question where the next units should stand, and the job that answered it. */
  next?: NextSpec;
  nextJob?: string;
  /** Ends of a line over the terrain. */
  line?: [LonLat, LonLat];
  /** A country, a border ("India-Nepal"), or corners of a drawn area ("75 30;78 30;78 32"). */
  interest?: string;
  /** The step of the story that is told, from 1. */
  story?: number;
}

/** Fires `choice`, `draft`, `coverage` (there is something new to draw), `exact` (the server has time
 * for exact areas), `replay` (one begins or ends), `candidates` (shown or cleared) and `trouble` (a sentence for the reader, or null
 * when it is over). */
export class Model extends EventTarget {
  readonly lattice: Lattice;
  readonly draft: Draft;
  choices: Choices;
  forecast: Forecast | null = null;
  /** A unit under the reader's finger, where it is shown to be until it is let go. */
  held: DraftSite | null = null;
  /** What of a raid is shown on the map, in words; null while none is. */
  replayed: string | null = null;
  /** Where the next unit could stand, while the answer is shown. */
  candidates: NextPoint[] = [];
  ground: Int16Array | null = null;
  counts: Uint8Array;
  before: Uint8Array;
  inRing: Uint8Array;
  tally: Areas | null = null;
  box: Box = [0, 0, 0, 0];
  private ringsOf = "";
  private beyond_km2 = 0;
  private lost = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  step_ms = 0;
  private frames = new Map<string, Frame>();
  private asked = new Map<string, Promise<void>>();
  /** Why something that was asked for has not come, by its key. */
  private failed = new Map<string, Error>();
  countries: Borders["countries"] = [];
  reaches = new Map<string, Reach>();
  private forces = new Map<string, Force>();

  constructor(
    readonly answers: Server | Folder,
    readonly case_: Case,
  ) {
    super();
    this.lattice = new Lattice(case_.lattice);
    this.draft = new Draft(case_.sites);
    const n = this.lattice.columns * this.lattice.rows;
    this.counts = new Uint8Array(n);
    this.before = new Uint8Array(n);
    this.inRing = new Uint8Array(n);
    const at = case_.altitudes[Math.min(1, case_.altitudes.length - 1)];
    this.choices = {
      kind: "visible",
      at: { value_m: at.value_m, datum: at.datum },
      target: (case_.targets.find((t) => t.id === "fighter") ?? case_.targets[0]).id,
      k: 1,
      date: case_.as_of ?? new Date().toISOString().slice(0, 10),
      units: "metric",
      diff: false,
    };
  }

  choose(change: Partial<Choices>) {
    Object.assign(this.choices, change);
    this.fire("choice");
    this.refresh();
  }

  /** After any change of the draft: show it, and fetch what is missing. */
  redraw() {
    this.fire("draft");
    this.refresh();
  }

  fire(name: "choice" | "draft" | "coverage" | "replay" | "candidates") {
    this.dispatchEvent(new Event(name));
  }

  trouble(error: unknown) {
    if ((error as Error)?.name === "AbortError") return;
    this.dispatchEvent(new CustomEvent("trouble", { detail: (error as Error).message }));
    if (!(error instanceof Lost)) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.redraw(), RETRY_MS);
    this.lost = true;
  }

  site(id: string): Site | undefined {
    return this.case_.sites.find((s) => s.id === id);
  }

  /** The day from which a unit counts: as reported, else the median of the forecast. */
  start(site: DraftSite): { day: string; forecast: boolean } | null {
    if (site.id !== site.like) return { day: "0000", forecast: false };
    const base = this.site(site.like)!;
    if (base.always) return { day: "0000", forecast: false };
    const due = this.forecast?.units.find((r) => r.id === base.id);
    // by an earlier day a unit that has come since was still to come
    if (base.operational && !(due && this.earlier))
      return { day: base.operational, forecast: false };
    return due ? { day: due.operational.p50, forecast: true } : null;
  }

  /** The day by which what is shown was known, if that is before the facts of the case end. */
  get earlier(): string | null {
    const day = this.forecast?.known_on;
    return day && this.case_.as_of && day < this.case_.as_of ? day : null;
  }

  /** Take the forecast as it was on a day; without one, as it is. */
  async know(day?: string) {
    this.forecast = await this.answers.forecast(day);
    const known = this.earlier ?? undefined;
    if (known !== this.choices.known) this.choose({ known });
    this.redraw();
  }

  /** The country that a moved or added unit stands in, if its model stands in another; else null. */
  abroad(site: DraftSite): string | null {
    const base = this.draft.model(site);
    const home = countryAt(this.countries, [base.lon, base.lat]);
    const now = countryAt(this.countries, [site.lon, site.lat]);
    if (!home || now === home) return null;
    return now ? `in ${now}` : `outside ${home}`;
  }

  /** The country that the case's units stand in, if the map has an outline of it. */
  get home(): string | null {
    const { lon, lat } = this.case_.sites[0];
    return countryAt(this.countries, [lon, lat]);
  }

  /** Which units have been put over a border, in one sentence; empty if none has. */
  get abroadNote(): string {
    const there = this.draft.sites
      .map((s) => ({ s, where: this.abroad(s) }))
      .filter(({ where }) => where)
      .map(({ s, where }) => `${s.name} ${where}`);
    return there.length
      ? `This what-if puts ${there.join(", ")}, over a border: a test of the model, not a proposal.`
      : "";
  }

  serving(sites?: DraftSite[]): DraftSite[] {
    const all = sites ?? this.draft.sites.map((s) => (s.id === this.held?.id ? this.held : s));
    return all.filter((s) => {
      const start = this.start(s);
      return start !== null && start.day <= this.choices.date;
    });
  }

  /** Whether the height of the ground is known at a place. */
  hasGround([lon, lat]: LonLat): boolean {
    const [col, row] = this.lattice.cell(lon, lat);
    const known = this.ground && this.lattice.has(col, row);
    return !!known && this.ground![row * this.lattice.columns + col] !== NO_GROUND;
  }

  view(site: DraftSite): Grid | null {
    return (this.frames.get(`view ${spot(site)}`)?.grids.masking as Grid) ?? null;
  }

  engages(site: DraftSite): { lowest: Grid; highest: Grid } | null {
    const grids = this.frames.get(`engageable ${spot(site)} ${this.choices.target}`)?.grids;
    return grids ? { lowest: grids.lowest as Grid, highest: grids.highest as Grid } : null;
  }

  reach(site: DraftSite): Reach | null {
    return this.reaches.get(`${spot(site)} ${this.choices.target}`) ?? null;
  }

  /** What the units in service reach together, if that was worked out. */
  force(): Force | null {
    return this.forces.get(together(this.serving(), this.choices.target)) ?? null;
  }

  /** Units in service whose part of what is shown has not come yet: until then there are no sums. */
  get awaited(): DraftSite[] {
    const { kind } = this.choices;
    if (kind === "ring") return [];
    const part = (s: DraftSite) =>
      kind === "visible" ? this.view(s) : kind === "engageable" ? this.engages(s) : this.reach(s);
    return this.serving().filter((s) => part(s) === null);
  }

  /** Why what is awaited has not come, if an answer was a complaint; null while it may come. */
  get obstacle(): string | null {
    for (const site of this.awaited) {
      for (const [key, error] of this.failed) {
        if (key.split(" ")[1] === spot(site)) return error.message;
      }
    }
    return null;
  }

  /** Whether what is covered is held against the case. */
  get compared(): boolean {
    return this.choices.diff || this.draft.changed;
  }

  /** Ask for what the present choices need, and draw what is there. */
  refresh() {
    const now = this.serving();
    const base = this.compared ? this.serving(this.case_.sites.map(asDraft)) : [];
    for (const site of [...now, ...base]) this.fetch(site).catch(() => {}); // said already
    this.recompute();
  }

  /** Make sure that a site's layers are here, and shown; true if something was missing.
   *
   * Quietly: not shown yet, and without telling the reader of a place that has none. */
  async fetch(site: DraftSite, quietly = false): Promise<boolean> {
    const { kind, target } = this.choices;
    const once = (key: string, ask: (key: string) => Promise<void>) => this.once(key, ask, quietly);
    let fresh = await once(`view ${spot(site)}`, async (key) => {
      this.frames.set(key, await this.answers.view(site));
    });
    if (kind === "engageable") {
      fresh =
        (await once(`engageable ${spot(site)} ${target}`, async (key) => {
          this.frames.set(key, await this.answers.engageable(site, target));
        })) || fresh;
    }
    if (kind === "reach") {
      fresh =
        (await once(`reach ${spot(site)} ${target}`, async () => {
          this.reaches.set(`${spot(site)} ${target}`, await this.answers.reach(site, target));
        })) || fresh;
    }
    return fresh;
  }

  /** Reach over draws of the uncertain figures, for all units in service. */
  async askBands(server: Server) {
    const { target } = this.choices;
    const sites = this.serving();
    const keep = ({ sites: found }: { sites: Reach[] }) => {
      for (const reach of found) {
        const site = sites.find((s) => s.id === reach.id)!;
        this.reaches.set(`${spot(site)} ${target}`, reach);
      }
      this.recompute();
    };
    try {
      const { result } = await server.bands(
        sites,
        target,
        { onPartial: keep },
        new AbortController().signal,
      );
      if (result.force) this.forces.set(together(sites, target), result.force);
      keep(result);
    } catch (error) {
      this.trouble(error);
    }
  }

  private async once(
    key: string,
    ask: (key: string) => Promise<void>,
    quietly: boolean,
  ): Promise<boolean> {
    const before = this.asked.get(key);
    const answer = before ?? ask(key);
    this.asked.set(key, answer);
    try {
      await answer; // whoever asks for what is under way waits for it, and hears if it fails
      this.failed.delete(key);
      if (before) return false;
      if (this.lost) this.dispatchEvent(new CustomEvent("trouble", { detail: null }));
      this.lost = false;
      if (!quietly) this.recompute();
      return true;
    } catch (error) {
      if (this.asked.get(key) === answer) this.asked.delete(key);
      if (!quietly || error instanceof Lost) {
        this.failed.set(key, error as Error);
        this.trouble(error);
        this.fire("coverage"); // the headline says why there is no sum
      }
      throw error;
    }
  }

  private rings(sites: DraftSite[]): Ring[] {
    return sites.map((s) => ({ lon: s.lon, lat: s.lat, radius_m: this.ring_m(s) }));
  }

  private layers(sites: DraftSite[]): Layer[] {
    const found: Layer[] = [];
    for (const site of sites) {
      const layer =
        this.choices.kind === "engageable"
          ? this.engages(site)
          : this.view(site) && { lowest: this.view(site)! };
      if (layer) found.push(layer);
    }
    return found;
  }

  /** The radius of the circle that is drawn around a site. */
  ring_m(site: DraftSite): number {
    return this.case_.ring_m ?? this.draft.model(site).ring_m;
  }

  recompute() {
    if (!this.ground) return;
    const start = performance.now();
    const { at, k, kind } = this.choices;
    const now = this.serving();
    const { compared } = this;
    const base = compared ? this.serving(this.case_.sites.map(asDraft)) : [];
    const layers = this.layers(now);
    const before = compared ? this.layers(base) : [];
    const views = now.map((s) => this.view(s)).filter((g) => g !== null);
    if (kind === "ring") {
      countRings(this.lattice, this.rings(now), this.counts);
      if (compared) countRings(this.lattice, this.rings(base), this.before);
    } else {
      countSites(this.lattice, this.ground, layers, at, this.counts);
      if (compared) countSites(this.lattice, this.ground, before, at, this.before);
    }
    const key = JSON.stringify([now, views.length]);
    if (key !== this.ringsOf) {
      const rings = this.rings(now);
      markRings(this.lattice, rings, views, this.inRing);
      this.beyond_km2 = ringsBeyond(this.lattice, rings);
      this.ringsOf = key;
    }
    this.box =
      kind === "ring"
        ? [0, 0, this.lattice.columns, this.lattice.rows]
        : boxOf(this.lattice, [...layers, ...before].map((l) => l.lowest).concat(views));
    this.tally = areas(
      this.lattice,
      this.counts,
      this.inRing,
      k,
      compared ? this.before : null,
      this.box,
    );
    this.tally.ring_km2 += this.beyond_km2;
    this.tally.unknown_km2 += this.beyond_km2;
    this.step_ms = performance.now() - start;
    this.fire("coverage");
  }
}
