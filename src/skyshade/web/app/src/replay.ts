// One replicate on the map: who flies where, which site holds a track, launches, kills, leaks.

import { h } from "./dom";
import { sound, wholeField } from "./fields";
import { feature, type MapView } from "./map";
import type { Model } from "./model";
import type { Server } from "./source";
import type { DraftSite, LonLat, Replay, Way } from "./types";

/** Place at a time, between the places that are given; null before and after. */
export function placeAt(way: Way, t: number): LonLat | null {
  const { t_s, lon, lat } = way;
  const n = t_s.length;
  if (n === 0 || t < t_s[0] || t > t_s[n - 1]) return null;
  let low = 0;
  let high = n - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (t_s[middle] <= t) low = middle;
    else high = middle;
  }
  const span = t_s[high] - t_s[low];
  const u = span > 0 ? (t - t_s[low]) / span : 0;
  return [lon[low] + u * (lon[high] - lon[low]), lat[low] + u * (lat[high] - lat[low])];
}

const clock = (t: number) => `${Math.floor(t / 60)}:${String(Math.floor(t % 60)).padStart(2, "0")}`;

export class Player {
  private replay: Replay | null = null;
  private sites: DraftSite[] = [];
  private raid = "";
  private goal: LonLat = [0, 0];
  private which = 0;
  private t = 0;
  private speed = 30;
  private playing = false;
  private last = 0;
  private scrub!: HTMLInputElement;
  private time!: HTMLOutputElement;
  private said!: HTMLElement;
  private button!: HTMLButtonElement;

  constructor(
    private readonly map: MapView,
    private readonly model: Model,
  ) {}

  /** What plays the replicates of a job, over the sites as they stood in it. */
  async controls(
    live: Server,
    job: string,
    sites: DraftSite[],
    replicates: number,
    raid: string,
    goal: LonLat,
  ): Promise<HTMLElement> {
    this.sites = sites;
    this.raid = raid;
    this.goal = goal;
    this.scrub = h("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 1,
      value: 0,
      "aria-label": "Time of the replay",
      "data-testid": "scrub",
      oninput: () => {
        this.t = Number(this.scrub.value);
        this.draw();
      },
    });
    this.time = h("output", {});
    this.said = h("p", { class: "note", "aria-live": "off" });
    this.button = h(
      "button",
      { type: "button", "data-testid": "play", onclick: () => this.toggle() },
      "Play",
    );
    const which = wholeField({
      label: "run",
      value: 0,
      low: 0,
      high: replicates - 1,
      after: `of ${replicates.toLocaleString("en")}`,
      set: (value) => {
        this.which = value;
        void load();
      },
    });
    const load = async () => {
      this.stop();
      this.button.textContent = "Play";
      try {
        this.replay = await live.replay(job, this.which);
        this.scrub.max = String(Math.ceil(this.end()));
        this.t = 0;
        this.draw();
      } catch (error) {
        this.model.trouble(error);
      }
    };
    const speed = h(
      "select",
      {
        "aria-label": "Speed",
        onchange: () => {
          this.speed = Number(speed.value);
        },
      },
      ...[10, 30, 100, 300].map((s) =>
        h("option", { value: s, selected: s === this.speed }, `${s} times`),
      ),
    );
    const next = h(
      "button",
      {
        type: "button",
        onclick: () => {
          if (!sound([which])) return;
          this.which = (this.which + 1) % replicates;
          which.put(this.which);
          void load();
        },
      },
      "Next",
    );
    this.which = 0;
    await load();
    return h(
      "div",
      { class: "replay", "data-testid": "replay" },
      h("h3", {}, "One run of it, replayed"),
      h("div", { class: "row" }, this.button, speed, which.element, next),
      this.scrub,
      this.time,
      this.said,
    );
  }

  /** When the last of what happens has happened. */
  private end(): number {
    const r = this.replay!;
    return Math.min(
      r.duration_s,
      Math.max(60, ...r.targets.map((x) => x.way.t_s.at(-1) ?? 0)) + 20,
    );
  }

  stop() {
    this.playing = false;
    this.replay = null;
    this.map.set("replay", []);
    this.map.set("replay-lines", []);
    this.model.replayed = null;
    this.model.fire("replay");
  }

  /** From where the raid starts to what it heads for. */
  private approach(): GeoJSON.Feature[] {
    const { way } = this.replay!.targets[0];
    const start: LonLat = [way.lon[0], way.lat[0]];
    return [feature({ type: "LineString", coordinates: [start, this.goal] }, { what: "approach" })];
  }

  private toggle() {
    if (!this.replay) return;
    this.playing = !this.playing;
    this.button.textContent = this.playing ? "Pause" : "Play";
    if (this.t >= this.end()) this.t = 0;
    this.last = performance.now();
    if (this.playing) requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number) {
    if (!this.playing || !this.replay) return;
    this.t = Math.min(this.t + ((now - this.last) / 1000) * this.speed, this.end());
    this.last = now;
    this.draw();
    if (this.t >= this.end()) {
      this.playing = false;
      this.button.textContent = "Play";
    } else requestAnimationFrame((then) => this.frame(then));
  }

  private draw() {
    const r = this.replay!;
    const t = this.t;
    const points: GeoJSON.Feature[] = [];
    const lines = this.approach();
    const site = (id: string): LonLat => {
      const s = this.sites.find((x) => x.id === id)!;
      return [s.lon, s.lat];
    };
    let [tracked, killed, leaked, flying] = [0, 0, 0, 0];
    for (const target of r.targets) {
      const at = placeAt(target.way, t);
      const over = t > (target.way.t_s.at(-1) ?? 0);
      if (over && (target.end === "killed" || target.end === "leaked")) {
        const where: LonLat = [target.way.lon.at(-1)!, target.way.lat.at(-1)!];
        const what = target.end === "killed" ? "kill" : "leak";
        if (what === "kill") killed++;
        else leaked++;
        points.push(feature({ type: "Point", coordinates: where }, { what }));
      }
      if (!at) continue;
      points.push(feature({ type: "Point", coordinates: at }, { what: target.side }));
      const holders = target.held.filter(([, from, to]) => from <= t && t <= to);
      if (holders.length) tracked++;
      for (const [id] of holders) {
        lines.push(feature({ type: "LineString", coordinates: [site(id), at] }, { what: "track" }));
      }
    }
    for (const missile of r.missiles) {
      const at = placeAt(missile.way, t);
      if (!at) continue;
      flying++;
      points.push(feature({ type: "Point", coordinates: at }, { what: "missile" }));
      const from: LonLat = [missile.way.lon[0], missile.way.lat[0]];
      lines.push(feature({ type: "LineString", coordinates: [from, at] }, { what: "missile" }));
    }
    this.map.set("replay", points);
    this.map.set("replay-lines", lines);
    this.scrub.value = String(t);
    this.scrub.setAttribute("aria-valuetext", clock(t));
    this.time.textContent = clock(t);
    const fired = r.missiles.filter((m) => m.way.t_s[0] <= t).length;
    const counts = `${tracked} tracked, ${flying} missiles in flight, ${fired} launched, ${killed} shot down, ${leaked} got through.`;
    this.said.textContent = counts;
    const begins = this.model.replayed === null;
    this.model.replayed = `One simulated run (number ${this.which}) of a raid of ${this.raid}, ${clock(t)} after its start: ${counts}`;
    if (begins) this.model.fire("replay");
  }
}
