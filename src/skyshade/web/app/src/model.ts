// What is shown: the case, the draft, the reader's choices, and what follows from them.

import { type At, areaWhere, countSites, type Layer, served } from "./coverage";
import { asDraft, Draft, spot } from "./draft";
import type { Frame, Grid } from "./frame";
import { Lattice } from "./lattice";
import type { Folder, Server } from "./source";
import type { Case, DraftSite, Forecast, Reach, Site } from "./types";
import type { Units } from "./units";

export type Kind = "visible" | "engageable" | "reach";

export interface Choices {
  kind: Kind;
  at: At;
  target: string;
  k: number;
  date: string;
  units: Units;
  diff: boolean;
}

export interface Tally {
  covered_km2: number;
  ring_km2: number;
  unknown_km2: number;
  gained_km2: number;
  lost_km2: number;
}

/** Fires `choice`, `draft`, `coverage` (there is something new to draw) and `trouble`. */
export class Model extends EventTarget {
  readonly lattice: Lattice;
  readonly draft: Draft;
  choices: Choices;
  forecast: Forecast | null = null;
  ground: Int16Array | null = null;
  counts: Uint8Array;
  before: Uint8Array;
  inRing: Uint8Array;
  tally: Tally | null = null;
  step_ms = 0;
  private frames = new Map<string, Frame>();
  private asked = new Set<string>();
  reaches = new Map<string, Reach>();

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
      target: case_.targets[Math.min(1, case_.targets.length - 1)].id,
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

  fire(name: "choice" | "draft" | "coverage" | "exact") {
    this.dispatchEvent(new Event(name));
  }

  trouble(error: unknown) {
    if ((error as Error)?.name === "AbortError") return;
    this.dispatchEvent(new CustomEvent("trouble", { detail: (error as Error).message }));
  }

  site(id: string): Site | undefined {
    return this.case_.sites.find((s) => s.id === id);
  }

  /** The day from which a unit counts: as reported, else the median of the forecast. */
  start(site: DraftSite): { day: string; forecast: boolean } | null {
    if (site.id !== site.like) return { day: "0000", forecast: false };
    const base = this.site(site.like)!;
    if (base.always) return { day: "0000", forecast: false };
    if (base.operational) return { day: base.operational, forecast: false };
    const due = this.forecast?.regiments.find((r) => r.id === base.id);
    return due ? { day: due.operational.p50, forecast: true } : null;
  }

  serving(sites: DraftSite[] = this.draft.sites): DraftSite[] {
    return sites.filter((s) => {
      const start = this.start(s);
      return start !== null && start.day <= this.choices.date;
    });
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

  /** Ask for what the present choices need, and draw what is there. */
  refresh() {
    const now = this.serving();
    const base = this.choices.diff ? this.serving(this.case_.sites.map(asDraft)) : [];
    for (const site of [...now, ...base]) void this.fetch(site);
    this.recompute();
  }

  /** Make sure that a site's layers are here; resolves when they are. */
  async fetch(site: DraftSite): Promise<void> {
    const { kind, target } = this.choices;
    await this.once(`view ${spot(site)}`, async (key) => {
      this.frames.set(key, await this.answers.view(site));
    });
    if (kind === "engageable") {
      await this.once(`engageable ${spot(site)} ${target}`, async (key) => {
        this.frames.set(key, await this.answers.engageable(site, target));
      });
    }
    if (kind === "reach") {
      await this.once(`reach ${spot(site)} ${target}`, async () => {
        this.reaches.set(`${spot(site)} ${target}`, await this.answers.reach(site, target));
      });
    }
  }

  private async once(key: string, ask: (key: string) => Promise<void>) {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      await ask(key);
      this.recompute();
    } catch (error) {
      this.asked.delete(key);
      this.trouble(error);
      throw error;
    }
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

  recompute() {
    if (!this.ground) return;
    const start = performance.now();
    const { at, k, diff, kind } = this.choices;
    const now = this.serving();
    const layers = this.layers(now);
    countSites(this.lattice, this.ground, layers, at, this.counts);
    const visible = kind === "engageable" ? now.map((s) => this.view(s)) : [];
    const rings = kind === "engageable" ? visible.filter((g) => g !== null) : [];
    served(
      this.lattice,
      kind === "engageable" ? rings.map((lowest) => ({ lowest })) : layers,
      this.inRing,
    );
    const ring = this.inRing;
    const total = (test: (n: number, cell: number) => boolean) =>
      areaWhere(this.lattice, this.counts, test);
    this.tally = {
      covered_km2: total((n) => n >= k),
      ring_km2: total((_, cell) => ring[cell] !== 0),
      unknown_km2: total((n, cell) => n < k && ring[cell] === 2),
      gained_km2: 0,
      lost_km2: 0,
    };
    if (diff) {
      const base = this.layers(this.serving(this.case_.sites.map(asDraft)));
      countSites(this.lattice, this.ground, base, at, this.before);
      this.tally.gained_km2 = total((n, cell) => n >= k && this.before[cell] < k);
      this.tally.lost_km2 = total((n, cell) => n < k && this.before[cell] >= k);
    }
    this.step_ms = performance.now() - start;
    this.fire("coverage");
  }
}
