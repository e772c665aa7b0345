// A raid on the draft: what gets through as it grows, how sure that is, and one run of it replayed.

import { chart } from "./charts";
import { atText } from "./controls";
import { csvButton } from "./csv";
import { h, section, select } from "./dom";
import { MOST_TARGETS } from "./draft";
import { sound, wholeField } from "./fields";
import type { MapView } from "./map";
import type { Model } from "./model";
import { Player } from "./replay";
import { Server } from "./source";
import type { Sources } from "./sources";
import type { RaidResult, RaidSpec } from "./types";
import { distance, percent } from "./units";

const REPLICATES = 2000;
const DRAWS = 16;

export function raidPanel(model: Model, map: MapView, sources: Sources): HTMLElement {
  const { case_ } = model;
  if (!(model.answers instanceof Server)) {
    return section(
      "Raid",
      false,
      h("p", { class: "note" }, "Raids need the server: run 'skyshade serve'."),
    );
  }
  const live = model.answers;
  if (!case_.places.length) {
    return section("Raid", false, h("p", { class: "note" }, "This case has no defended places."));
  }
  const spec = model.choices.raid ?? usualRaid(model);
  const remember = () => model.choose({ raid: { ...spec } });
  const number = (label: string, name: "n_targets" | "bearing_deg", most: number, after: string) =>
    wholeField({
      label,
      value: spec[name],
      low: name === "n_targets" ? 1 : 0,
      high: most,
      testid: name,
      after,
      set: (value) => {
        spec[name] = value;
        remember();
      },
    });
  const fields = [
    number("Targets", "n_targets", MOST_TARGETS, `(1 to ${MOST_TARGETS})`),
    number("From azimuth", "bearing_deg", 360, "°"),
  ];
  const levels = case_.altitudes.map((x): [string, string] => [
    `${x.value_m}${x.datum}`,
    atText(x, model.choices.units),
  ]);
  const altitude = select(
    "Flying at",
    [["", "its usual altitude"], ...levels],
    spec.altitude ? `${spec.altitude.value_m}${spec.altitude.datum}` : "",
    (v) => {
      const at = case_.altitudes.find((x) => `${x.value_m}${x.datum}` === v);
      spec.altitude = at ? { value_m: at.value_m, datum: at.datum } : null;
      remember();
    },
  );
  const progress = h("progress", { max: 1, value: 0, hidden: true });
  const stage = h("p", { class: "note", "aria-live": "polite" });
  const out = h("div", { "data-testid": "raid" });
  const stale = h(
    "p",
    { class: "warning", hidden: true, "data-testid": "stale" },
    "The units, the date or the raid have changed since: run it again.",
  );
  const replayBox = h("div", {});
  const player = new Player(map, model);
  let running: AbortController | null = null;
  let last: RaidResult | null = null;
  const show = (r: RaidResult) => {
    last = r;
    out.replaceChildren(...shown(model, sources, r));
  };
  // a result is of the units, the date and the raid that it was asked for
  const question = () => ({ sites: JSON.stringify(model.serving()), raid: JSON.stringify(spec) });
  let ran: ReturnType<typeof question> | null = null;
  let { units } = model.choices;
  const review = () => {
    const now = question();
    if (model.replayed && now.sites !== ran?.sites) {
      player.stop(); // it would be drawn over units that stand elsewhere now
      replayBox.replaceChildren();
    }
    const same = now.sites === ran?.sites && now.raid === ran.raid;
    stale.hidden = !last || running !== null || same;
    out.classList.toggle("stale", !stale.hidden);
    if (units === model.choices.units) return;
    units = model.choices.units;
    for (const [i, x] of case_.altitudes.entries()) {
      altitude.querySelector("select")!.options[i + 1].textContent = atText(x, units);
    }
    if (last) show(last);
  };
  model.addEventListener("choice", review);
  model.addEventListener("draft", review);
  const raidText = (r: RaidSpec) => {
    const target = case_.targets.find((t) => t.id === r.target)!.title;
    const place = case_.places.find((p) => p.id === r.place)!.name;
    return `${r.n_targets} targets (${target}) on ${place} from ${r.bearing_deg}°`;
  };
  const run = h(
    "button",
    { type: "button", class: "main", "data-testid": "run-raid" },
    "Run the raid",
  );
  const cancel = h(
    "button",
    { type: "button", hidden: true, onclick: () => running?.abort() },
    "Cancel",
  );

  run.onclick = async () => {
    if (!sound(fields)) return;
    const sites = model.serving();
    if (!sites.length) {
      model.trouble(new Error(`No unit is in service on ${model.choices.date}.`));
      return;
    }
    running?.abort();
    running = new AbortController();
    ran = question();
    review();
    player.stop();
    replayBox.replaceChildren();
    run.disabled = true;
    cancel.hidden = progress.hidden = false;
    progress.value = 0;
    const text = raidText(spec);
    const { lon, lat } = case_.places.find((p) => p.id === spec.place)!;
    const asked = { sites, raid: { ...spec }, replicates: REPLICATES, draws: DRAWS, seed: 0 };
    try {
      const { id, result } = await live.raid(
        asked,
        {
          onProgress: (p) => {
            stage.textContent = p ? `${p.stage} …` : "";
            if (p) progress.value = p.done / Math.max(p.total, 1);
          },
          onPartial: show,
        },
        running.signal,
      );
      show(result);
      stage.textContent = "";
      model.choose({ raid: { ...spec }, raidJob: id });
      replayBox.replaceChildren(
        await player.controls(
          live,
          id,
          sites,
          REPLICATES,
          `${text}, which ${flown(model, result)}`,
          [lon, lat],
        ),
      );
    } catch (error) {
      const cancelled = (error as Error).name === "AbortError";
      stage.textContent = cancelled ? "Cancelled." : "It did not run to its end: run it again.";
      ran = null;
      model.trouble(error);
    } finally {
      running = null;
      run.disabled = false;
      cancel.hidden = progress.hidden = true;
      if (document.activeElement === document.body) run.focus({ preventScroll: true });
      review();
    }
  };
  const panel = section(
    "Raid: what gets through",
    false,
    h(
      "p",
      { class: "note" },
      "A generic raid on one defended place, to judge the defence as it stands in the draft on this date.",
    ),
    select(
      "Target class",
      case_.targets.map((t) => [t.id, t.title]),
      spec.target,
      (v) => {
        spec.target = v;
        remember();
      },
    ),
    select(
      "Heading for",
      case_.places.map((p) => [p.id, p.name]),
      spec.place,
      (v) => {
        spec.place = v;
        remember();
      },
    ),
    altitude,
    h("div", { class: "row" }, ...fields.map((f) => f.element)),
    h("div", { class: "row" }, run, cancel),
    progress,
    stage,
    stale,
    out,
    replayBox,
  );
  void restore();
  return panel;

  /** The result that an address points to, if the server still has it. */
  async function restore() {
    const id = model.choices.raidJob;
    if (!id) return;
    try {
      const before = await live.before<RaidResult>(id);
      if (!before) {
        stage.textContent = "The result of this link is not kept any more: run the raid again.";
        return;
      }
      ran = question();
      panel.open = true;
      show(before.result);
      review();
    } catch (error) {
      model.trouble(error);
    }
  }
}

/** Sixty fighters from the west on the place nearest to the first unit. */
function usualRaid({ case_ }: Model): RaidSpec {
  const site = case_.sites[0];
  const off = (p: { lon: number; lat: number }) => Math.hypot(p.lon - site.lon, p.lat - site.lat);
  const near = case_.places.reduce((a, b) => (off(b) < off(a) ? b : a));
  const fighter = case_.targets.find((t) => t.id === "fighter") ?? case_.targets[0];
  return { n_targets: 60, target: fighter.id, bearing_deg: 270, place: near.id, altitude: null };
}

/** How high they come. */
const flown = (model: Model, r: RaidResult): string =>
  r.altitude ? `fly at ${atText(r.altitude, model.choices.units)}` : "come on a ballistic arc";

function shown(model: Model, sources: Sources, r: RaidResult): HTMLElement[] {
  const x = r.curve.map((p) => p.n_targets);
  const banded = r.curve.filter((p) => p.band);
  const top = Math.min(
    1,
    Math.max(
      0.05,
      ...r.curve.map((p) => p.band?.[2] ?? p.leaked.high),
      ...r.curve.map((p) => p.leaked.high),
    ) * 1.1,
  );
  const rounds = Object.entries(r.chosen.rounds)
    .map(([m, n]) => `${n.toFixed(1)} ${m}`)
    .join(", ");
  const { leaked } = r.chosen;
  const half = Math.max(leaked.high - leaked.value, leaked.value - leaked.low);
  return [
    h("p", { class: "headline", "data-testid": "raid-headline" }, r.headline),
    h(
      "figure",
      {},
      chart({
        title: "Share of targets that get through, by size of the raid",
        xLabel: "targets in the raid",
        yLabel: "share that gets through",
        x: [0, x.at(-1)!],
        y: [0, top],
        yTick: (y) => `${+(100 * y).toFixed(1)} %`,
        bands: [
          {
            x: banded.map((p) => p.n_targets),
            low: banded.map((p) => p.band![0]),
            high: banded.map((p) => p.band![2]),
            colour: "#e69f00",
            opacity: 0.3,
          },
          {
            x,
            low: r.curve.map((p) => p.leaked.low),
            high: r.curve.map((p) => p.leaked.high),
            colour: "#0072b2",
            opacity: 0.45,
          },
        ],
        series: [{ x, y: r.curve.map((p) => p.leaked.value), colour: "#0072b2" }],
      }) as unknown as HTMLElement,
      h(
        "figcaption",
        {},
        `Blue: 95 % Monte-Carlo interval over ${r.replicates.toLocaleString("en")} replicates. Amber: 5 to 95 % over the unknown figures.`,
      ),
    ),
    h(
      "p",
      {},
      `Of ${r.chosen.n_targets}: ${percent(leaked.value, 1)} (± ${half < 0.0005 ? "under 0.1" : (100 * half).toFixed(1)}) get through, `,
      `${percent(r.chosen.shot_down.value, 1)} are shot down. Rounds fired: ${rounds || "none"}. `,
      `They start ${distance(r.distance_m, model.choices.units)} out, side by side, and ${flown(model, r)}. `,
      h(
        "button",
        { type: "button", class: "figure", onclick: () => sources.showUnknowns(r.unknowns) },
        `${r.unknowns.length} figures behind this`,
      ),
    ),
    ...reasons(r),
    csvButton("raid", () =>
      r.curve.map((p) => ({
        targets: p.n_targets,
        replicates: p.replicates,
        get_through: p.leaked.value,
        chance_low: p.leaked.low,
        chance_high: p.leaked.high,
        figures_low: p.band?.[0] ?? null,
        figures_high: p.band?.[2] ?? null,
      })),
    ),
  ];
}

/** Why what gets through gets through: each leaker has one reason. */
function reasons(r: RaidResult): HTMLElement[] {
  const { why, leaked } = r.chosen;
  if (!why.length) return [];
  return [
    h("h3", {}, "Why they get through"),
    h(
      "ul",
      { class: "reasons", "data-testid": "reasons" },
      ...why.map(({ share, says }) => {
        const bar = h("span", { class: "bar", "aria-hidden": "true" });
        bar.style.setProperty("--share", String(share / Math.max(leaked.value, share)));
        return h("li", {}, bar, h("strong", {}, percent(share, share < 0.1 ? 1 : 0)), ` ${says}`);
      }),
    ),
    h("p", { class: "note" }, "Share of all targets, at the default figures; each has one reason."),
  ];
}
