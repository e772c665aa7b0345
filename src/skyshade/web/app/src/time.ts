// Time: what was in service when, what may come, and who said so.

import { chancesOf, chancesOn } from "./chances";
import { chart } from "./charts";
import { csvButton } from "./csv";
import { alertReader, h, section } from "./dom";
import type { Model } from "./model";
import { ink } from "./palette";
import { claimsOf } from "./said";
import { type Sources, source } from "./sources";
import type { Chance, Forecast, Site, Spread } from "./types";
import { placeText } from "./units";

const DAY_MS = 86_400_000;
const day = (iso: string) => Math.floor(Date.parse(iso) / DAY_MS);
const iso = (days: number) => new Date(days * DAY_MS).toISOString().slice(0, 10);

const years = (from: number, to: number): number[] => {
  const found: number[] = [];
  for (let y = Number(iso(from).slice(0, 4)) + 1; day(`${y}-01-01`) <= to; y++) {
    found.push(day(`${y}-01-01`));
  }
  return found;
};

/** What stands behind a date of service: a report, an assumption, or the forecast. */
const sureness = (site: Site, forecast: boolean) =>
  forecast ? " (forecast)" : site.operational_assumed ? " (assumed)" : " (reported)";

export function timePanel(model: Model): HTMLElement {
  const starts = model.case_.sites.filter((s) => s.operational).map((s) => s.operational!);
  if (!starts.length)
    return section("Time", false, h("p", { class: "note" }, "These units are always in service."));
  const today = model.case_.as_of ?? new Date().toISOString().slice(0, 10);
  const first = day(starts.sort()[0]) - 120;
  const slider = h("input", {
    type: "range",
    min: first,
    max: day(today) + 365 * 4,
    step: 1,
    value: day(model.choices.date),
    id: "date",
    list: "dates",
    "aria-label": "Date",
    oninput: () => model.choose({ date: iso(Number(slider.value)) }),
  });
  const shown = h("output", { for: "date", class: "big" });
  const state = h("p", { class: "note" });
  const chance = h("p", { class: "note", "data-testid": "chance-on" });
  const steps = h("div", { class: "row" });
  const fan = h("figure", {});
  const chances = h("figure", { "data-testid": "chances" });
  const show = () => {
    const { date } = model.choices;
    shown.textContent = date + (date > today ? " (forecast)" : "");
    slider.value = String(day(date));
    slider.setAttribute("aria-valuetext", date);
    const n = model.serving().length;
    state.textContent =
      `${n} of ${model.draft.sites.length} units in service` +
      (date > today ? ", those not yet delivered from the median of their forecast on." : ".");
    chance.textContent = model.forecast ? chancesOn(model.forecast, date) : "";
    if (model.forecast) chances.replaceChildren(...showChances(model.forecast, date));
  };
  const jump = (text: string, date: string) =>
    h("button", { type: "button", class: "small", onclick: () => model.choose({ date }) }, text);
  const showSteps = () => {
    const all = model.case_.sites
      .map((s) => ({ s, start: model.start({ ...s, like: s.id }) }))
      .filter((x) => x.start && x.start.day > "0000")
      .sort((a, b) => (a.start!.day < b.start!.day ? -1 : 1));
    steps.replaceChildren(
      ...all.map(({ s, start }) =>
        jump(`${s.name}: ${start!.day.slice(0, 7)}${sureness(s, start!.forecast)}`, start!.day),
      ),
      jump(`facts end: ${today}`, today),
    );
  };
  const showFan = () => {
    const f = model.forecast;
    if (!f) return;
    if (!f.fan.length) {
      const said = `By ${f.known_on} nothing had been promised that is still due.`;
      return fan.replaceChildren(h("figcaption", {}, said));
    }
    // what had come by the day of the forecast, as was known then
    const facts = model.case_.sites.map((s) => model.start({ ...s, like: s.id }));
    const past = facts
      .filter((x) => x && !x.forecast && x.day <= f.known_on)
      .map((x) => x!.day)
      .sort();
    const start = Math.min(first, day(f.fan[0].date));
    const px = [start, ...past.flatMap((d) => [day(d), day(d)]), day(f.known_on)];
    const py = [0, ...past.flatMap((_, i) => [i, i + 1]), past.length];
    const x = f.fan.map((m) => day(m.date));
    fan.replaceChildren(
      chart({
        title: "Units in service: as reported, then forecast",
        xLabel: "year",
        yLabel: `${f.unit_names} in service`,
        x: [start, x.at(-1)!],
        y: [0, model.case_.sites.length + 0.5],
        xTicks: years(start, x.at(-1)!),
        xTick: (d) => iso(d).slice(0, 4),
        bands: [
          {
            x,
            low: f.fan.map((m) => m.p10),
            high: f.fan.map((m) => m.p90),
            colour: "#0072b2",
            opacity: 0.25,
          },
        ],
        series: [
          { x: px, y: py, colour: ink().line },
          { x, y: f.fan.map((m) => m.p50), colour: "#0072b2" },
        ],
        marks: [{ x: day(f.known_on), label: "known on" }],
      }) as unknown as HTMLElement,
      h(
        "figcaption",
        {},
        "First line: as reported by then. Blue: median and P10 to P90 of the forecast, which learns from ",
        `${f.stretches_observed} earlier waits from promise to delivery. `,
        "The name of a unit opens what has been said of it, and by whom.",
      ),
      csvButton("forecast", () =>
        f.probability_by_month.map((row) => ({
          date: row.date as string,
          ...Object.fromEntries(
            f.units.flatMap(({ id }) => {
              const { delivered, operational } = row[id] as Chance;
              return [
                [`${id} delivered`, delivered],
                [`${id} operational`, operational],
              ];
            }),
          ),
        })),
      ),
    );
  };
  const known = h("input", {
    type: "date",
    value: model.choices.known ?? today,
    max: today,
    disabled: !model.answers.live,
    "data-testid": "forecast-known-on",
    onchange: async () => {
      if (!known.reportValidity()) return;
      try {
        await model.know(known.value || undefined);
        alertReader(null);
      } catch (error) {
        model.trouble(error);
      }
    },
  });
  model.addEventListener("choice", show);
  model.addEventListener("draft", () => {
    known.value = model.forecast?.known_on ?? known.value;
    show();
    showSteps();
    showFan();
  });
  show();
  showSteps();
  return section(
    "Time: deliveries and forecast",
    true,
    h("div", { class: "row" }, h("label", { for: "date" }, "On "), shown),
    slider,
    state,
    chance,
    steps,
    model.case_.has_programme
      ? h("label", {}, h("span", {}, "Forecast from what was published by"), known)
      : null,
    fan,
    chances,
  );
}

/** The probability that each unit still due has come, by date. */
function showChances(f: Forecast, date: string): Node[] {
  const { series, end, said } = chancesOf(f);
  if (!series.length) return [];
  const x: [number, number] = [day(f.known_on), day(end)];
  return [
    chart({
      title: "Chance that each unit still due has come, by date",
      xLabel: "year",
      yLabel: "chance (%)",
      x,
      y: [0, 100],
      xTicks: years(...x),
      xTick: (d) => iso(d).slice(0, 4),
      series: series.map((s) => ({ ...s, x: s.days.map(day) })),
      marks: day(date) >= x[0] && day(date) <= x[1] ? [{ x: day(date), label: date }] : [],
    }),
    h("figcaption", {}, said),
  ];
}

/** Everything said of one unit, with the two dates that decide what counts. */
export async function unitCard(model: Model, sources: Sources, id: string) {
  const draft = model.draft.sites.find((s) => s.id === id)!;
  const base = model.draft.model(draft);
  const facts = h(
    "table",
    {},
    h(
      "tbody",
      {},
      h(
        "tr",
        {},
        h("th", {}, "position"),
        h(
          "td",
          {},
          sources.button(`site.${base.id}.position`, placeText([draft.lon, draft.lat])),
          draft.lon === base.lon && draft.lat === base.lat ? "" : " (moved)",
        ),
      ),
      h("tr", {}, h("th", {}, "antenna"), h("td", {}, sources.button(`site.${base.id}.antenna`))),
      ...base.figures.map((key) =>
        h(
          "tr",
          {},
          h("th", {}, `${model.case_.figures[key].owner}: ${model.case_.figures[key].title}`),
          h("td", {}, sources.button(key)),
        ),
      ),
    ),
  );
  const events =
    base.events.length && draft.id === draft.like
      ? h(
          "ul",
          {},
          ...base.events.map((e) =>
            h(
              "li",
              {},
              h("strong", {}, `${e.date}: ${e.kind}`),
              ` (${e.assumed ? "assumed" : `${e.confidence} confidence`}) ${e.note}`,
              h("ul", {}, ...e.sources.map((s) => h("li", {}, source(model.case_.sources[s], s)))),
            ),
          ),
        )
      : h(
          "p",
          {},
          draft.id === draft.like ? "No events." : `A what-if, equipped like ${base.name}.`,
        );
  const due =
    draft.id === draft.like ? model.forecast?.units.find((r) => r.id === base.id) : undefined;
  const span = ({ p10, p50, p90 }: Spread) =>
    `${p10.slice(0, 7)} to ${p90.slice(0, 7)} (P10 to P90), median ${p50.slice(0, 7)}`;
  const claims = h("div", { "data-testid": "claims" });
  const asOf = h("input", { type: "date", value: model.choices.date, id: "as-of" });
  const knownOn = h("input", { type: "date", value: model.case_.as_of ?? "", id: "known-on" });
  const load = async () => {
    if (!model.case_.has_programme) return;
    claims.textContent = "…";
    try {
      const p = await model.answers.programme(asOf.value || undefined, knownOn.value || undefined);
      claims.replaceChildren(...claimsOf(p, id));
    } catch (error) {
      claims.textContent = (error as Error).message;
    }
  };
  if (model.answers.live) {
    asOf.onchange = load;
    knownOn.onchange = load;
  } else {
    asOf.disabled = knownOn.disabled = true;
    asOf.title = knownOn.title = "This page has no server behind it: other days need one.";
  }
  sources.open(
    h("h2", {}, draft.name),
    h("p", {}, [base.sector, base.position_note].filter(Boolean).join("; ")),
    h("h3", {}, "As this scenario has it"),
    events,
    ...(due
      ? [
          h("h3", {}, "What the forecast says"),
          h("p", {}, `Delivered ${span(due.delivered)}. In service ${span(due.operational)}.`),
          h(
            "p",
            { class: "note" },
            `Learnt from ${model.forecast!.stretches_observed} earlier waits from promise to delivery, and from what was published of this unit by ${model.forecast!.known_on}: the claims below.`,
          ),
        ]
      : []),
    ...(model.case_.has_programme
      ? [
          h("h3", {}, "What has been said"),
          h(
            "div",
            { class: "row" },
            h("label", {}, h("span", {}, "True on"), asOf),
            h("label", {}, h("span", {}, "as published by"), knownOn),
          ),
          claims,
        ]
      : []),
    h("h3", {}, "Equipment"),
    facts,
  );
  await load();
}
