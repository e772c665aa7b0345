// A raid on the draft: what gets through as it grows, how sure that is, and one run of it replayed.

import { chart } from "./charts";
import { h, section, select } from "./dom";
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
  const site = case_.sites[0];
  const near = case_.places.reduce((a, b) =>
    Math.hypot(b.lon - site.lon, b.lat - site.lat) < Math.hypot(a.lon - site.lon, a.lat - site.lat)
      ? b
      : a,
  );
  const fighter = case_.targets.find((t) => t.id === "fighter") ?? case_.targets[0];
  const spec: RaidSpec = { n_targets: 60, target: fighter.id, bearing_deg: 270, place: near.id };
  const number = (
    label: string,
    field: "n_targets" | "bearing_deg",
    min: number,
    max: number,
    unit: string,
  ) => {
    const input = h("input", {
      type: "number",
      min,
      max,
      value: spec[field],
      "data-testid": field,
      onchange: () => {
        spec[field] = Math.min(Math.max(Number(input.value) || 0, min), max);
        input.value = String(spec[field]);
      },
    });
    return h("label", {}, h("span", {}, label), input, unit ? ` ${unit}` : "");
  };
  const progress = h("progress", { max: 1, value: 0, hidden: true });
  const stage = h("p", { class: "note", "aria-live": "polite" });
  const out = h("div", { "data-testid": "raid" });
  const replayBox = h("div", {});
  const player = new Player(map, model);
  let running: AbortController | null = null;
  let last: RaidResult | null = null;
  const show = (r: RaidResult) => {
    last = r;
    out.replaceChildren(...shown(model, sources, r));
  };
  let { units } = model.choices;
  model.addEventListener("choice", () => {
    if (units === model.choices.units) return;
    units = model.choices.units;
    if (last) show(last);
  });
  const raidText = () => {
    const target = case_.targets.find((t) => t.id === spec.target)!.title;
    const place = case_.places.find((p) => p.id === spec.place)!.name;
    return `${spec.n_targets} targets (${target}) on ${place} from ${spec.bearing_deg}°`;
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
    const sites = model.serving();
    if (!sites.length) {
      model.trouble(new Error(`No unit is in service on ${model.choices.date}.`));
      return;
    }
    running?.abort();
    running = new AbortController();
    player.stop();
    replayBox.replaceChildren();
    run.disabled = true;
    cancel.hidden = progress.hidden = false;
    progress.value = 0;
    const text = raidText();
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
      replayBox.replaceChildren(await player.controls(live, id, sites, REPLICATES, text));
    } catch (error) {
      stage.textContent = (error as Error).name === "AbortError" ? "Cancelled." : "";
      model.trouble(error);
    } finally {
      run.disabled = false;
      cancel.hidden = progress.hidden = true;
    }
  };
  return section(
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
      },
    ),
    select(
      "Heading for",
      case_.places.map((p) => [p.id, p.name]),
      spec.place,
      (v) => {
        spec.place = v;
      },
    ),
    h(
      "div",
      { class: "row" },
      number("Targets", "n_targets", 1, 400, ""),
      number("From azimuth", "bearing_deg", 0, 360, "°"),
    ),
    h("div", { class: "row" }, run, cancel),
    progress,
    stage,
    out,
    replayBox,
  );
}

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
  const half = (r.chosen.leaked.high - r.chosen.leaked.low) / 2;
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
      `Of ${r.chosen.n_targets}: ${percent(r.chosen.leaked.value, half < 0.001 ? 2 : 1)} (± ${(100 * half).toFixed(half < 0.001 ? 2 : 1)}) get through, `,
      `${percent(r.chosen.shot_down.value, 1)} are shot down. Rounds fired: ${rounds || "none"}. `,
      `They start ${distance(r.distance_m, model.choices.units)} out. `,
      h(
        "button",
        { type: "button", class: "figure", onclick: () => sources.showUnknowns(r.unknowns) },
        `${r.unknowns.length} figures behind this`,
      ),
    ),
  ];
}
