// What is shown: kind of coverage, altitude, class of target, number of sites, units.

import { worked } from "./behind";
import type { At } from "./coverage";
import { h, section, select } from "./dom";
import { MOST_SITES } from "./draft";
import { field, parseLength, wholeField } from "./fields";
import type { Kind, Model } from "./model";
import { Server } from "./source";
import type { Sources } from "./sources";
import type { Units } from "./units";
import { area, distance, height, percent } from "./units";

const LOWEST_M = 10;
const HIGHEST_M = 30_000;
const STEPS = 300;

const KINDS: [Kind, string, string][] = [
  ["visible", "Visible", "in line of sight of an acquisition radar"],
  ["engageable", "Engageable", "a missile can meet it there, and its radar sees it"],
  ["reach", "Reach", "where a target flying straight in is first met"],
  [
    "ring",
    "Ring",
    "the circle that the press draws: the missile's longest range, and nothing else",
  ],
];

/** Slider position (0 to STEPS) of an altitude, logarithmic, and back to a round altitude. */
export const toSlider = (m: number) =>
  Math.round((STEPS * Math.log(m / LOWEST_M)) / Math.log(HIGHEST_M / LOWEST_M));
export function fromSlider(position: number): number {
  const m = LOWEST_M * (HIGHEST_M / LOWEST_M) ** (position / STEPS);
  const digits = 10 ** (Math.floor(Math.log10(m)) - 1);
  return Math.round(m / digits) * digits;
}

/** The altitude that a slider means that stood at `now` before: another one, if it has moved. */
export function movedTo(position: number, now: number): number {
  const step = Math.sign(position - toSlider(now));
  if (step === 0) return now;
  let at = position;
  while (fromSlider(at) === now && at > 0 && at < STEPS) at += step;
  return fromSlider(at);
}

export function atText(at: At, units: Units): string {
  return `${height(at.value_m, units)} ${at.datum === "agl" ? "above ground" : "above sea level"}`;
}

export function controls(model: Model, sources: Sources): HTMLElement {
  const { choices, case_ } = model;
  const kinds = h("div", { class: "switch", role: "radiogroup", "aria-label": "What is shown" });
  for (const [id, title, meaning] of KINDS) {
    const input = h("input", {
      type: "radio",
      name: "kind",
      value: id,
      checked: id === choices.kind,
      onchange: () => model.choose({ kind: id }),
    });
    kinds.append(h("label", { title: meaning }, input, h("span", {}, title)));
  }
  const meaning = h("p", { class: "note" });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: STEPS,
    step: 1,
    value: toSlider(choices.at.value_m),
    id: "altitude",
    "aria-label": "Altitude of the target",
    oninput: () =>
      model.choose({
        at: { ...choices.at, value_m: movedTo(Number(slider.value), choices.at.value_m) },
      }),
  });
  const altitude = h("output", { for: "altitude", class: "big" });
  const share = h("span", { class: "note" }); // here too: on a phone the headline is out of sight
  model.addEventListener("coverage", () => {
    const { tally } = model;
    const known = tally && !model.awaited.length && model.serving().length;
    share.textContent = known
      ? `${percent(tally.in_ring_km2 / Math.max(tally.ring_km2, 1))} of the circles`
      : "";
  });
  const stops = select(
    "Target at",
    case_.altitudes.map((a, i) => [String(i), atText(a, choices.units)]),
    "0",
    (i) => {
      const { value_m, datum } = case_.altitudes[Number(i)];
      model.choose({ at: { value_m, datum } });
    },
  );
  const altitudeRow = h(
    "div",
    { class: "row" },
    h("label", { for: "altitude" }, "Target at "),
    altitude,
    share,
  );
  const datum = select(
    "measured",
    [
      ["agl", "above ground"],
      ["msl", "above sea level"],
    ],
    choices.at.datum,
    (v) => model.choose({ at: { ...choices.at, datum: v as At["datum"] } }),
  );
  const target = select(
    "Target class",
    case_.targets.map((t) => [t.id, t.title]),
    choices.target,
    (v) => model.choose({ target: v }),
  );
  const behind = h("span", { class: "note" });
  const k = wholeField({
    label: "By at least",
    value: choices.k,
    low: 1,
    high: MOST_SITES,
    id: "k",
    after: "units",
    set: (value) => model.choose({ k: value }),
  });
  const exactly = field({
    label: "Exactly",
    value: choices.at.value_m,
    low: LOWEST_M,
    high: HIGHEST_M,
    allowed: "a length such as '100 m', '0,05 km' or '300 ft', from 10 m to 30 km",
    read: parseLength,
    write: (m) => (m >= 10_000 ? `${m / 1000} km` : `${Math.round(m)} m`),
    testid: "exactly",
    set: (m) => model.choose({ at: { ...model.choices.at, value_m: Math.round(m) } }),
  });
  const units = select(
    "Units",
    [
      ["metric", "km, m"],
      ["nautical", "nm, ft"],
    ],
    choices.units,
    (v) => model.choose({ units: v as Units }),
  );

  const bands = h("button", { type: "button", "data-testid": "bands" }, "Show the 5 to 95 % band");
  bands.onclick = async () => {
    if (!(model.answers instanceof Server)) return;
    bands.disabled = true;
    bands.textContent = "The band is being worked out …";
    try {
      await model.askBands(model.answers);
    } finally {
      bands.disabled = false;
      bands.textContent = "Show the 5 to 95 % band";
      bands.focus({ preventScroll: true });
    }
  };
  const show = () => {
    const c = model.choices;
    bands.hidden = c.kind !== "reach" || !model.answers.live;
    for (const input of kinds.querySelectorAll("input")) input.checked = input.value === c.kind;
    altitude.textContent = atText(c.at, c.units);
    slider.value = String(toSlider(c.at.value_m));
    slider.setAttribute("aria-valuetext", altitude.textContent);
    datum.querySelector("select")!.value = c.at.datum;
    target.querySelector("select")!.value = c.target;
    units.querySelector("select")!.value = c.units;
    k.put(c.k);
    exactly.put(c.at.value_m);
    k.element.hidden = c.kind === "reach";
    for (const part of [slider, datum, exactly.element, altitudeRow]) {
      part.hidden = c.kind === "ring" || c.kind === "reach";
    }
    target.hidden = c.kind === "ring";
    stops.hidden = c.kind !== "reach";
    const box = stops.querySelector("select")!;
    for (const [i, option] of [...box.options].entries()) {
      option.textContent = atText(case_.altitudes[i], c.units);
    }
    box.value = String(nearestAltitude(model).index);
    meaning.textContent = `${KINDS.find(([id]) => id === c.kind)![2]}.`;
    const entry = case_.targets.find((t) => t.id === c.target)!;
    behind.replaceChildren(
      ...(c.kind === "ring"
        ? [`${case_.ring_note ? `${case_.ring_note} ` : ""}`, sources.button("case.ring_m")]
        : c.kind === "visible"
          ? ["The class matters to engageable and reach."]
          : entry.figures.flatMap((key) => [
              `${case_.figures[key].title} `,
              sources.button(key),
              "  ",
            ])),
    );
  };
  model.addEventListener("choice", show);
  show();
  return section(
    "What is shown",
    true,
    kinds,
    meaning,
    bands,
    altitudeRow,
    slider,
    h("div", { class: "row" }, exactly.element, datum),
    stops,
    target,
    behind,
    h("div", { class: "row" }, k.element, units),
  );
}

/** The case's altitude nearest in ratio to the one chosen, of the same datum if there is one. */
export function nearestAltitude(model: Model): { index: number; label: string } {
  const { at, units } = model.choices;
  const all = model.case_.altitudes.map((a, index) => ({ ...a, index }));
  const alike = all.filter((a) => a.datum === at.datum);
  const from = alike.length ? alike : all;
  const off = (a: { value_m: number }) =>
    Math.abs(Math.log(Math.max(a.value_m, 1) / Math.max(at.value_m, 1)));
  const best = from.reduce((a, b) => (off(b) < off(a) ? b : a));
  return { index: best.index, label: atText(best, units) };
}

/** The sentence at the top: what the circle says, and what is left of it. */
export function headline(model: Model, sources: Sources): HTMLElement {
  const text = h("p", { class: "headline", "aria-live": "polite", "data-testid": "headline" });
  const show = () => {
    const changes = model.draft.changes;
    text.replaceChildren(
      ...(changes ? [h("strong", {}, `What if: ${changes}. `)] : []),
      ...(model.earlier ? [h("strong", {}, `As known on ${model.earlier}: `)] : []),
      ...sentence(model, sources),
    );
  };
  for (const name of ["choice", "coverage", "draft"]) model.addEventListener(name, show);
  show();
  return text;
}

/** Its words; numbers open what they rest on. */
function sentence(model: Model, sources: Sources): (string | Node)[] {
  const { choices, tally } = model;
  const sites = model.serving();
  if (!sites.length) return [`No unit is in service on ${choices.date}.`];
  if (!tally) return ["Terrain is being read …"];
  const awaited = model.awaited.map((s) => s.name).join(", ");
  const what = `What ${awaited} ${HOLDS[choices.kind]} is`;
  if (awaited && model.obstacle) return [`${what} not known: ${model.obstacle}`];
  if (awaited) return [`${what} being worked out …`];
  const number = (t: string) => worked(model, sources, t);
  const one = sites.length === 1;
  const who = one ? sites[0].name : `These ${sites.length} units`;
  const circles = one ? "circle" : "circles";
  const ring = (m: number) => sources.button("case.ring_m", distance(m, choices.units));
  const title = model.case_.targets.find((t) => t.id === choices.target)!.title;
  if (choices.kind === "reach") {
    const { index, label } = nearestAltitude(model);
    const reaches = sites.map((s) => model.reach(s)!);
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    const banded = reaches.every((r) => r.low);
    const [low, high] = [0, 2].map((q) => mean(reaches.map((r) => r.share_band[index][q])));
    const drawn = [`The ${circles} ${one ? "is" : "are"} drawn at `, ring(reaches[0].ring_m)];
    const force = model.force();
    if (force) {
      const [least, middle, most] = force.area_km2[index].map((x) => area(x, choices.units));
      const [lowest, , highest] = force.share_of_rings[index].map(percent);
      return [
        ...drawn,
        `. Against a ${title} flying in at ${label}, the area really held is `,
        number(middle),
        " (5 to 95 %: ",
        number(`${least} to ${most}`),
        "), ",
        number(`${lowest} to ${highest}`),
        ` of the area inside the ${circles}.`,
      ];
    }
    return [
      ...drawn,
      `. Against a ${title} flying in at ${label}, the area really held is `,
      number(percent(mean(reaches.map((r) => r.share_of_ring[index])))),
      ...(banded ? [" (5 to 95 %: ", number(`${percent(low)} to ${percent(high)}`), ")"] : []),
      ` of ${one ? "it" : "them, on average"}.`,
    ];
  }
  if (choices.kind === "ring") {
    return [
      `The press draws ${one ? "a circle" : "circles"} of `,
      ring(model.ring_m(sites[0])),
      ` around ${one ? who : `these ${sites.length} units`}: `,
      number(area(tally.ring_km2, choices.units)),
      ". That is how far a missile can fly, not what its radars see: choose Visible to see what is left of it.",
    ];
  }
  if (choices.k > sites.length) {
    return [`No place can be covered by ${choices.k} units: ${sites.length} in service.`];
  }
  const engages = choices.kind === "engageable";
  const whole = Math.max(tally.ring_km2, 1);
  const said = [
    `${who} ${engages ? "can engage" : one ? "sees" : "see"}`,
    choices.k > 1 ? `, each place from ${choices.k} units or more, ` : " ",
    number(percent(tally.in_ring_km2 / whole)),
    ` of the area inside the ${circles} (`,
    ring(model.ring_m(sites[0])),
    `) when ${engages ? `a ${title}` : "the target"} flies ${atText(choices.at, choices.units)}. `,
  ];
  if ((tally.in_ring_km2 + tally.unknown_km2) / whole < 0.995) {
    said.push(
      choices.k > 1
        ? "The rest is hidden from all but fewer. "
        : engages
          ? "Terrain, the Earth's curve and the limits of radars and missiles take the rest. "
          : "Terrain and the Earth's curve hide the rest. ",
    );
  }
  said.push(
    "In all about ",
    number(area(tally.covered_km2, choices.units)),
    engages ? " can be engaged." : " are seen.",
  );
  if (tally.unknown_km2 > 0.005 * tally.ring_km2) {
    said.push(
      " ",
      number(percent(tally.unknown_km2 / tally.ring_km2)),
      " is unknown (hatched): no terrain data.",
    );
  }
  if (model.compared) {
    said.push(
      " Against the scenario about ",
      number(area(tally.gained_km2, choices.units)),
      " are gained and ",
      number(area(tally.lost_km2, choices.units)),
      " lost.",
    );
  }
  return said;
}

const HOLDS = { visible: "sees", engageable: "can engage", reach: "reaches", ring: "holds" };
