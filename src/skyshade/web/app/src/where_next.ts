// "Where next?": where one more unit would add most, how sure that is, and the answer as a draft.

import { csvButton } from "./csv";
import { h, section, select } from "./dom";
import { spot } from "./draft";
import { type Field, field, parseLength, parseNumber, sound, wholeField } from "./fields";
import { type MapView, shareOf } from "./map";
import type { Model } from "./model";
import { Server } from "./source";
import type { Borders, DraftSite, LonLat, NextPoint, NextResult, NextSpec } from "./types";
import { percent, placeText } from "./units";

export const SECTORS = "sectors";
const DRAWS = 16;
const MOST_UNITS = 5;
const LISTED = 6; // of the candidates, the best

/** What is asked if nobody says otherwise: the units still to come, else one more like the first. */
export function usualNext(model: Model, borders: Borders): NextSpec {
  const serving = new Set(model.serving().map((s) => s.id));
  const coming = model.case_.sites.filter((s) => !serving.has(s.id));
  const home = model.home;
  return {
    like: (coming[0] ?? model.case_.sites[0]).id,
    count: Math.min(Math.max(coming.length, 1), MOST_UNITS),
    within: SECTORS,
    spacing_deg: null,
    border_m: 0,
    cover: model.case_.places.length ? "places" : "area",
    area: home ?? borders.countries[0]?.name ?? "",
    line: borders.pairs.find((p) => home && p.includes(home)) ?? borders.pairs[0] ?? "",
  };
}

export function nextPanel(model: Model, map: MapView, borders: Borders): HTMLElement {
  if (!(model.answers instanceof Server)) {
    return section(
      "Where next?",
      false,
      h("p", { class: "note" }, "This needs the server: run 'skyshade serve'."),
    );
  }
  const live = model.answers;
  const spec = model.choices.next ?? usualNext(model, borders);
  const remember = () => {
    show();
    model.choose({ next: { ...spec } });
  };
  const names = borders.countries.map(({ name }): [string, string] => [name, name]);
  const like = select(
    "A unit like",
    model.case_.sites.map((s) => [s.id, s.name]),
    spec.like,
    (v) => {
      spec.like = v;
      remember();
    },
  );
  const count = wholeField({
    label: "Units",
    value: spec.count,
    low: 1,
    high: MOST_UNITS,
    testid: "next-count",
    after: `(1 to ${MOST_UNITS})`,
    set: (v) => {
      spec.count = v;
      remember();
    },
  });
  const within = select(
    "May stand in",
    [[SECTORS, "the reported sectors"], ...names],
    spec.within,
    (v) => {
      spec.within = v;
      remember();
    },
  );
  const coarsest = Math.max(...model.case_.sites.map((s) => s.rounding_deg));
  const spacing = field({
    label: "A point every",
    value: spec.spacing_deg ?? Number.NaN,
    low: 0,
    high: 10,
    empty: 0,
    allowed: `a number of degrees from ${coarsest} to 10, or nothing`,
    read: (text) => {
      const value = parseNumber(text.replace(/\s*(°|deg)$/, ""));
      return value >= coarsest ? value : Number.NaN;
    },
    write: (v) => (v > 0 ? String(v) : ""),
    after: "degrees",
    testid: "next-spacing",
    set: (v) => {
      spec.spacing_deg = v || null;
      remember();
    },
  });
  const away = field({
    label: "From a border",
    value: spec.border_m,
    low: 0,
    high: 1e6,
    empty: 0,
    allowed: "a length such as '100 km' or '0,05 km', at most 1,000 km",
    read: parseLength,
    write: (v) => (v > 0 ? `${v / 1000} km` : ""),
    after: "or more",
    testid: "next-border",
    set: (v) => {
      spec.border_m = v;
      remember();
    },
  });
  const cover = select(
    "To cover",
    [
      ...(model.case_.places.length
        ? [["places", "approaches to the places"] as [string, string]]
        : []),
      ...(names.length ? [["area", "the area of a country"] as [string, string]] : []),
      ...(borders.pairs.length ? [["line", "a border"] as [string, string]] : []),
    ],
    spec.cover,
    (v) => {
      spec.cover = v as NextSpec["cover"];
      remember();
    },
  );
  const area = select("of", names, spec.area, (v) => {
    spec.area = v;
    remember();
  });
  const line = select(
    "namely",
    borders.pairs.map((p) => [p, p.replace("-", " and ")]),
    spec.line,
    (v) => {
      spec.line = v;
      remember();
    },
  );
  const fields: Field[] = [count, spacing, away];
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Progress" });
  const stage = h("p", { class: "note", "aria-live": "polite" });
  const out = h("div", { "data-testid": "next" });
  const stale = h(
    "p",
    { class: "warning", hidden: true, "data-testid": "next-stale" },
    "The units, the date or the question have changed since: ask again.",
  );
  const run = h(
    "button",
    { type: "button", class: "main", "data-testid": "run-next" },
    "Where next?",
  );
  let running: AbortController | null = null;
  const cancel = h(
    "button",
    { type: "button", hidden: true, onclick: () => running?.abort() },
    "Cancel",
  );
  let last: NextResult | null = null;
  let planned = new Set<string>(); // ids of the draft's units that the answer has put there
  const asked = () => ({
    like: spec.like,
    count: spec.count,
    within: [spec.within],
    spacing_deg: spec.within === SECTORS ? null : spec.spacing_deg,
    border_m: spec.within === SECTORS ? 0 : spec.border_m,
    cover: spec.cover,
    ...(spec.cover === "area" ? { area: spec.area } : {}),
    ...(spec.cover === "line" ? { line: spec.line } : {}),
    sites: model.serving().filter((s) => !planned.has(s.id)),
    draws: DRAWS,
  });
  const key = (question: ReturnType<typeof asked>) => JSON.stringify(question);
  let ran = "";

  const show = () => {
    const grid = spec.within !== SECTORS;
    for (const f of [spacing, away]) f.element.hidden = !grid;
    area.hidden = spec.cover !== "area";
    line.hidden = spec.cover !== "line";
  };
  const review = () => {
    stale.hidden = !last || running !== null || key(asked()) === ran;
    out.classList.toggle("stale", !stale.hidden);
  };
  const draw = (points: NextPoint[]) => {
    model.candidates = points;
    map.drawCandidates(points);
    model.fire("candidates");
  };
  /** Put units of the answer, or one at a candidate, into the draft in place of those before. */
  const place = (at: { lon: number; lat: number; like: string }[]) => {
    const others = model.draft.sites.filter((s) => !planned.has(s.id));
    const before = new Set(others.map((s) => s.id));
    model.draft.set(others);
    for (const one of at) model.draft.add(one.like, [one.lon, one.lat] as LonLat, true);
    planned = new Set(model.draft.sites.filter((s) => !before.has(s.id)).map((s) => s.id));
    model.choose({ diff: true });
    model.redraw();
    review();
  };
  const present = (result: NextResult) => {
    last = result;
    draw(result.points);
    out.replaceChildren(...shown(result, model, (p) => place([{ ...p, like: spec.like }])));
    review();
  };

  run.onclick = async () => {
    if (!sound(fields)) return;
    running?.abort();
    running = new AbortController();
    const question = asked();
    ran = key(question);
    run.disabled = true;
    cancel.hidden = progress.hidden = false;
    progress.value = 0;
    stage.textContent = "waiting for its turn …";
    try {
      const { id, result } = await live.siting(
        question,
        {
          onProgress: (p) => {
            stage.textContent = p ? `${p.stage}: ${p.done} of ${p.total} …` : "";
            if (p) progress.value = p.done / Math.max(p.total, 1);
          },
        },
        running.signal,
      );
      stage.textContent = "";
      running = null;
      present(result);
      if (result.plan.length) place(result.plan);
      model.choose({ next: { ...spec }, nextJob: id });
    } catch (error) {
      const cancelled = (error as Error).name === "AbortError";
      stage.textContent = cancelled ? "Cancelled." : "There is no answer: ask again.";
      ran = "";
      model.trouble(error);
    } finally {
      running = null;
      run.disabled = false;
      cancel.hidden = progress.hidden = true;
      if (document.activeElement === document.body) run.focus({ preventScroll: true });
      review();
    }
  };
  const clear = h(
    "button",
    {
      type: "button",
      onclick: () => {
        last = null;
        out.replaceChildren();
        draw([]);
        model.choose({ nextJob: undefined });
        review();
      },
    },
    "Clear",
  );
  model.addEventListener("choice", review);
  model.addEventListener("draft", review);
  show();
  const panel = section(
    "Where next?",
    false,
    h(
      "p",
      { class: "note" },
      "Where units like one of the case would add most to those in service on this date. Places are as coarse as the reports: a region, not a hill.",
    ),
    like,
    count.element,
    within,
    spacing.element,
    away.element,
    cover,
    area,
    line,
    h("div", { class: "row" }, run, cancel, clear),
    progress,
    stage,
    stale,
    out,
  );
  void restore();
  return panel;

  /** The answer that an address points to, if the server still has it. */
  async function restore() {
    const id = model.choices.nextJob;
    if (!id) return;
    try {
      const before = await live.before<NextResult>(id);
      if (!before) {
        stage.textContent = "The answer of this link is not kept any more: ask again.";
        return;
      }
      const { plan } = before.result;
      const stands = (s: DraftSite) => plan.some((p) => spot({ ...s, ...p }) === spot(s));
      const own = new Set(model.case_.sites.map((s) => s.id));
      planned = new Set(
        model.draft.sites.filter((s) => !own.has(s.id) && stands(s)).map((s) => s.id),
      );
      ran = key(asked());
      panel.open = true;
      present(before.result);
    } catch (error) {
      model.trouble(error);
    }
  }
}

const STOPPED: Record<string, string> = {
  proven: "the best plan is proven",
  gap: "stopped at the gap that was asked for",
  "time limit": "stopped at the time limit",
};

function shown(r: NextResult, model: Model, put: (p: NextPoint) => void): HTMLElement[] {
  const { answer } = r;
  const best = [...r.points].sort((a, b) => shareOf(b) - shareOf(a)).slice(0, LISTED);
  const taken = Object.entries(r.candidates.removed).filter(([, n]) => n);
  const often = (p: NextPoint) => (p.share_of_draws === null ? "" : percent(p.share_of_draws, 0));
  return [
    ...r.summary.map((text, i) =>
      h("p", { class: i ? "" : "headline", "data-testid": i ? undefined : "next-headline" }, text),
    ),
    h(
      "p",
      { class: "note", "data-testid": "next-bound" },
      `Covered: ${percent(answer.base, 1)} before, ${percent(answer.value, 1)} with this plan; no plan covers more than ${percent(answer.bound, 1)} (gap ${percent(answer.gap, 1)}; ${STOPPED[answer.stopped] ?? answer.stopped}). `,
      `${r.candidates.n} candidates, ${r.candidates.spacing_deg}° apart`,
      taken.length ? `; left out: ${taken.map(([rule, n]) => `${n} ${rule}`).join(", ")}.` : ".",
    ),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ...["candidate", "in draws", "adds", ""].map((t) => h("th", { scope: "col" }, t)),
        ),
      ),
      h(
        "tbody",
        {},
        ...best.map((p) =>
          h(
            "tr",
            {},
            h("td", {}, p.name || placeText([p.lon, p.lat])),
            h("td", {}, often(p)),
            h(
              "td",
              {},
              p.share_of_best === null ? "" : `${percent(p.share_of_best, 0)} of the best`,
            ),
            h(
              "td",
              {},
              h(
                "button",
                {
                  type: "button",
                  class: "small",
                  "aria-label": `Put the unit at ${p.name || placeText([p.lon, p.lat])}`,
                  onclick: () => put(p),
                },
                "try",
              ),
            ),
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "note" },
      `The plan stands on the map as a draft: drag it and compare. Undo takes it back. The whole study, with its certificate: 'skyshade siting ${model.case_.name}'.`,
    ),
    csvButton("where-next", () => r.points.map((p) => ({ ...p, in_plan: String(p.in_plan) }))),
  ];
}
