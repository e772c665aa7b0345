// Behind a number that the model works out: how, and from which published figures.

import { h } from "./dom";
import type { Model } from "./model";
import type { Sources } from "./sources";

const HOW = {
  visible:
    "Line of sight from each unit's acquisition radar over the terrain, with the Earth's curve and standard refraction (4/3 of its radius), as far as the radar's instrumented range.",
  engageable:
    "Where a missile can meet the target while the engagement radar sees it: line of sight, the radars' detection range against this class, the missiles' published range and height.",
  reach:
    "A target of this class flies straight at the unit: it has to be in sight, detected and tracked, then reaction and flight of the missile take their time, while it comes nearer.",
  ring: "A circle of the missile's published range, whatever stands in the way.",
};

/** Keys of the figures that what is shown now rests on. */
export function keysBehind(model: Model): string[] {
  const { kind, target } = model.choices;
  const sites = model.serving();
  const bases = [...new Set(sites.map((s) => model.draft.model(s)))];
  const keys = ["case.ring_m"];
  if (kind !== "ring") {
    keys.push(...bases.map((b) => `${b.radar}.instrumented_range`));
    keys.push(...bases.map((b) => `site.${b.id}.antenna`));
  }
  keys.push(...bases.map((b) => `site.${b.id}.position`));
  if (kind === "engageable" || kind === "reach") {
    keys.push(...model.case_.targets.find((t) => t.id === target)!.figures);
    keys.push("assumed.meaning-of-published-ranges", ...bases.flatMap((b) => b.figures));
  }
  return [...new Set(keys)].filter((key) => key in model.case_.figures);
}

/** A number (or a question about numbers) that opens what it rests on. */
export function worked(model: Model, sources: Sources, text: string, title = text): HTMLElement {
  return h(
    "button",
    {
      type: "button",
      class: "figure",
      title: "Worked out by the model. From what?",
      onclick: () =>
        sources.showWorked(
          title,
          [
            HOW[model.choices.kind],
            `On the map this is counted on a grid of ${(model.lattice.step * 60).toFixed(1)} arc minutes; the table under Units is exact.`,
            model.case_.citation,
          ],
          keysBehind(model),
        ),
    },
    text,
  );
}
