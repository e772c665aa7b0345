// What was said of a subject: stance and speaker of every statement, and what contradicts what.

import { h, section } from "./dom";
import type { Model } from "./model";
import { type Sources, source } from "./sources";
import type { Claim, Programme } from "./types";

const STANCE = {
  affirms: "reported",
  denies: "denied",
  hedges: "left open",
  announces: "promised",
} as const;

/** Who speaks, and for whom: "Denis Alipov, Ambassador of Russia to India, for the seller". */
export function speaker(claim: Claim): string {
  const name = [claim.speaker, claim.office].filter(Boolean).join(", ");
  return name && claim.interested ? `${name}, speaking for the ${claim.side}` : name;
}

/** A statement in one line: "promised: delivered, late 2024 — Denis Alipov, Ambassador of …". */
export function sentence(claim: Claim, title: string): string {
  const what = claim.says && claim.says !== title ? `${title}: ${claim.says}` : title;
  return `${STANCE[claim.stance]}: ${what}, ${claim.when}`;
}

/** Everything said of one subject by the day that `p` is of. */
export function claimsOf(p: Programme, id: string): HTMLElement[] {
  const unit = p.units.find((r) => r.id === id);
  const conflicts = p.conflicts.filter((c) => c.subject === id);
  const disputed = new Set(conflicts.flatMap((c) => [...c.stands, ...c.falls]));
  const rejected = new Set(conflicts.flatMap((c) => c.falls));
  const mine = Object.entries(p.claims).filter(([, c]) => c.subject === id);
  const ids = new Set(mine.map(([key]) => key));
  const readings = p.readings.filter((r) => r.claims.some((key) => ids.has(key)));
  const promise = unit?.next_promise;
  const promised = promise ? p.claims[promise.claim] : undefined;
  const word = promised && (speaker(promised) || p.sources[promised.source]?.outlet);
  const parts: (HTMLElement | null)[] = [
    h(
      "p",
      { "data-testid": "standing" },
      unit
        ? `${unit.title}: ${unit.readiness}. Last step reported: ${unit.status}` +
            `${unit.when ? `, ${unit.when}` : ""}.`
        : mine.length
          ? `${p.subjects[id]}.`
          : "Nothing of it had been published by that day.",
    ),
    promise
      ? h(
          "p",
          { "data-testid": "promise" },
          `Promised: delivery by ${promise.by}${promise.status === "overdue" ? " (missed so far)" : ""} — ${word}.`,
        )
      : null,
    conflicts.length
      ? h(
          "div",
          { class: "conflicts" },
          h("h3", {}, `${conflicts.length} contradiction${conflicts.length > 1 ? "s" : ""}`),
          ...conflicts.map((c) =>
            h(
              "p",
              {},
              h("strong", {}, p.attributes[c.attribute] ?? c.attribute),
              ": accepted ",
              c.stands.map((k) => bySource(p, k)).join("; "),
              "; rejected ",
              c.falls.map((k) => bySource(p, k)).join("; "),
              `. Rule: ${c.because}.`,
            ),
          ),
        )
      : h("p", { class: "note" }, "No contradictions by that day."),
    ...readings.map((r) => h("p", { class: "note" }, h("strong", {}, r.topic), `: ${r.reading}.`)),
    h(
      "ul",
      { class: "claims" },
      ...mine.map(([key, c]) =>
        h(
          "li",
          { class: disputed.has(key) ? "disputed" : "" },
          disputed.has(key)
            ? h(
                "span",
                { class: "flag" },
                rejected.has(key) ? "contradicted" : "disputed, accepted",
              )
            : null,
          h("strong", {}, ` ${sentence(c, p.attributes[c.attribute] ?? c.attribute)}`),
          speaker(c) ? ` — ${speaker(c)}` : "",
          c.note ? ` [${c.note}]` : "",
          h("div", { class: "note" }, source(p.sources[c.source], c.source)),
        ),
      ),
    ),
  ];
  return parts.filter((part) => part !== null);
}

/** A panel that opens the card of any subject of the programme, not of units alone. */
export function saidPanel(model: Model, sources: Sources): HTMLElement | null {
  if (!model.case_.has_programme) return null;
  const names = h("select", { "aria-label": "Subject", "data-testid": "subject" });
  const told = h("div", { class: "note", "data-testid": "opening" });
  let programme: Programme | undefined;
  const load = async () => {
    try {
      programme = await model.answers.programme();
      const listed = Object.entries(programme.subjects);
      names.replaceChildren(...listed.map(([id, title]) => h("option", { value: id }, title)));
      told.replaceChildren(...programme.opening.map((text) => h("p", {}, text)));
    } catch (error) {
      model.trouble(error);
    }
  };
  const open = () => {
    if (!programme) return;
    const id = names.value;
    sources.open(
      h("h2", {}, programme.subjects[id]),
      h("p", { class: "note" }, `As published by ${programme.known_on}.`),
      h("div", { "data-testid": "claims" }, ...claimsOf(programme, id)),
    );
  };
  void load();
  return section(
    "Programme: who said what",
    false,
    told,
    h("div", { class: "row" }, names, h("button", { type: "button", onclick: open }, "Show")),
  );
}

/** A statement, and who published it. */
function bySource(p: Programme, key: string): string {
  const c = p.claims[key];
  if (!c) return "?";
  const s = p.sources[c.source];
  const who = speaker(c) || s?.outlet || c.source;
  return `${sentence(c, p.attributes[c.attribute] ?? c.attribute)} (${who}, ${c.reported})`;
}
