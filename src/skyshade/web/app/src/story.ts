// From the circle to the answer in five steps, each a link.

import { h } from "./dom";
import { STORY_STEPS, writeHash } from "./hash";
import type { MapView } from "./map";
import type { Choices, Model } from "./model";
import { distance } from "./units";

interface Step {
  title: string;
  text: string;
  choices: Partial<Choices>;
}

/** The steps for a case, with the altitudes and the class that it has. */
function stepsOf(model: Model): Step[] {
  const { case_ } = model;
  const all = [...case_.altitudes].sort((a, b) => a.value_m - b.value_m);
  const low = all.find((a) => a.datum === "agl") ?? all[0];
  const high = all.filter((a) => a.value_m > low.value_m).at(-1) ?? low;
  const ring = distance(model.ring_m(model.draft.sites[0]), model.choices.units);
  const slow = case_.targets.find((t) => /cruise/.test(t.id)) ?? case_.targets[0];
  const target = case_.targets.find((t) => t.id === "fighter") ?? slow;
  const at = ({ value_m, datum }: typeof low) => ({ value_m, datum });
  return [
    {
      title: "The circle",
      text: `This is what newspapers draw: ${ring} around each unit. It is how far the longest-ranged missile can fly, and nothing else.`,
      choices: { kind: "ring" },
    },
    {
      title: "What the radar sees high up",
      text: "A radar sees in straight lines, bent a little by the air. Against a target that flies high, most of the circle is in its sight.",
      choices: { kind: "visible", at: at(high), k: 1 },
    },
    {
      title: "What it sees low down",
      text: "The Earth is round and hills stand in the way. Whoever flies low is hidden behind them until shortly before the unit.",
      choices: { kind: "visible", at: at(low), k: 1 },
    },
    {
      title: "Seen is not yet met",
      text: `A ${target.title} must also be detected, and a missile must be able to meet it while a radar guides it there.`,
      choices: { kind: "engageable", at: at(low), target: target.id, k: 1 },
    },
    {
      title: "The answer",
      text: `Against a ${slow.title} that flies straight in, track, reaction and flight of the missile take their time. What is left is the area really held, the number at the top.`,
      choices: { kind: "reach", at: at(low), target: slow.id },
    },
  ];
}

/** A bar over the map that tells the step, and a button that begins. */
export function story(model: Model, map: MapView): { bar: HTMLElement; button: HTMLElement } {
  const bar = h("section", {
    class: "story",
    hidden: true,
    "aria-label": "From the circle to the answer",
    "data-testid": "story",
  });
  const address = (n: number) => {
    const choices = { ...model.choices, ...stepsOf(model)[n - 1].choices, story: n };
    return writeHash({ ...viewOf(model), choices } as Model, map.view);
  };
  const show = () => {
    const n = model.choices.story;
    bar.hidden = !n;
    if (!n) return;
    const { title, text } = stepsOf(model)[n - 1];
    const go = (to: number, words: string, id: string) =>
      to >= 1 && to <= STORY_STEPS
        ? h("a", { href: address(to), class: "button", "data-testid": id }, words)
        : null;
    bar.replaceChildren(
      h("p", { class: "note" }, `${n} of ${STORY_STEPS}`),
      h("h2", {}, title),
      h("p", { "aria-live": "polite" }, text),
      h(
        "div",
        { class: "row" },
        go(n - 1, "Back", "story-back"),
        go(n + 1, "Next", "story-next"),
        h(
          "button",
          { type: "button", onclick: () => model.choose({ story: undefined }) },
          "End of the story",
        ),
      ),
    );
  };
  model.addEventListener("choice", show);
  const button = h(
    "button",
    {
      type: "button",
      "data-testid": "begin-story",
      onclick: () => model.choose({ ...stepsOf(model)[0].choices, story: 1 }),
    },
    "The story in five steps",
  );
  show();
  return { bar, button };
}

/** What an address is written from. */
const viewOf = ({ draft, case_ }: Model) => ({ draft, case_ });
