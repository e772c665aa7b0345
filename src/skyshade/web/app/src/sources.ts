// Behind every number its figure, and behind the figure its sources: one click each.

import { h } from "./dom";
import type { Case, Figure, Source, Unknown } from "./types";
import { converted, type Units } from "./units";

const SURE: Record<string, string> = {
  high: "high confidence",
  medium: "medium confidence",
  low: "low confidence",
  memory: "from memory only, read in no source",
  assumed: "assumed by this model",
  illustrative: "illustrative: nothing stands there",
  given: "as the scenario gives it",
};

const MARKS = "? low confidence · ?? from memory only. A value opens all that is known of it.";

export class Sources {
  private readonly dialog: HTMLDialogElement;

  constructor(
    private readonly case_: Case,
    private readonly units: () => Units,
  ) {
    this.dialog = h("dialog", { class: "card", "aria-label": "Figure and sources" });
    document.body.append(this.dialog);
  }

  /** A number that can be asked where it comes from. */
  button(key: string, text?: string): HTMLElement {
    const figure = this.case_.figures[key];
    if (!figure) return h("span", {}, text ?? "unknown");
    return h(
      "button",
      {
        type: "button",
        class: "figure",
        "data-figure": key,
        title: `${figure.owner}: ${figure.title}. ${SURE[figure.confidence] ?? ""}. Where is this from?`,
        onclick: () => this.show(key),
      },
      text ? `${text}${figure.mark ? ` ${figure.mark}` : ""}` : this.text(figure),
    );
  }

  private text(f: Figure): string {
    const also = converted(f.value, f.unit, f.title, this.units());
    return also ? `${f.text} (${also})` : f.text;
  }

  show(key: string) {
    this.open(this.card(this.case_.figures[key]));
  }

  /** All figures of the case. */
  showAll() {
    this.open(
      h("h2", {}, "Every figure behind this map"),
      h("p", {}, MARKS),
      this.table(Object.keys(this.case_.figures)),
    );
  }

  /** How a number was worked out, and the figures it rests on, each with its sources. */
  showWorked(text: string, how: string[], keys: string[]) {
    this.open(
      h("h2", {}, `${text}: worked out by the model`),
      ...how.map((line) => h("p", {}, line)),
      h("p", {}, `It is no surer than what it rests on. ${MARKS}`),
      this.table(keys),
    );
  }

  showUnknowns(unknowns: Unknown[]) {
    const rows = unknowns.map((u) => {
      const [low, value, high] = [u.low, u.value, u.high].map((x) => amount(x, u.unit));
      const text = u.low < u.high ? `${value} (${low} to ${high})` : value;
      const key = u.figure && u.figure in this.case_.figures ? u.figure : null;
      const known = key ? this.case_.figures[key].confidence : null;
      const sure = SURE[known ?? (u.origin === "scenario" ? "given" : "assumed")];
      return [u.title, key ? this.button(key, text) : text, sure, u.why];
    });
    this.open(
      h("h2", {}, "Figures behind this result"),
      h("p", {}, "Value, and the range that the amber band runs through."),
      tableOf(["figure", "value (range)", "how sure", "why"], rows),
    );
  }

  private table(keys: string[]): HTMLElement {
    const rows = keys.map((key) => {
      const f = this.case_.figures[key];
      return [f.owner, f.title, this.button(key), SURE[f.confidence] ?? f.confidence, this.from(f)];
    });
    return tableOf(["of", "figure", "value", "how sure", "source"], rows);
  }

  /** The sources of a figure, in short. */
  private from(f: Figure): Node {
    if (!f.sources.length) return h("span", {}, f.why);
    const titles = f.sources.map((id) => link(this.case_.sources[id], id));
    return h("span", {}, ...titles.flatMap((t, i) => (i ? ["; ", t] : [t])));
  }

  open(...content: Node[]) {
    const close = h(
      "button",
      { type: "button", class: "close", "aria-label": "Close", onclick: () => this.dialog.close() },
      "×",
    );
    this.dialog.replaceChildren(close, ...content);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    close.focus();
  }

  private card(f: Figure): HTMLElement {
    const range =
      f.low !== null && f.high !== null && f.low !== f.high
        ? h(
            "p",
            {},
            `Published or credible range: ${amount(f.low, f.unit)} to ${amount(f.high, f.unit)}`,
          )
        : null;
    return h(
      "div",
      {},
      h("h2", {}, `${f.owner}: ${f.title}`),
      h("p", { class: "value" }, this.text(f)),
      range,
      h(
        "p",
        {},
        h("strong", {}, SURE[f.confidence] ?? f.confidence),
        f.condition ? ` (${f.condition})` : "",
      ),
      h("p", {}, f.why),
      h("h3", {}, f.sources.length > 1 ? "Sources" : "Source"),
      f.sources.length
        ? h("ul", {}, ...f.sources.map((id) => h("li", {}, source(this.case_.sources[id], id))))
        : h("p", {}, "None: this is a choice of the model or of the scenario."),
      ...(f.alternatives?.length ? [h("h3", {}, "Also published")] : []),
      ...(f.alternatives ?? []).map((a) =>
        h(
          "p",
          {},
          h("strong", {}, a.text),
          a.condition ? ` (${a.condition})` : "",
          `. ${a.why_not} `,
          ...a.sources.flatMap((id, i) => [i ? "; " : "", source(this.case_.sources[id], id)]),
        ),
      ),
    );
  }
}

/** A source with all that is known of it. */
export function source(s: Source | undefined, id: string): HTMLElement {
  if (!s) return h("span", {}, link(s, id));
  const rest = [s.outlet, s.date].filter(Boolean).map((t) => `, ${t}`);
  return h("span", {}, link(s, id), rest.join(""), s.note ? `. ${s.note}` : "");
}

function link(s: Source | undefined, id: string): Node {
  if (!s) return h("span", {}, id === "memory" ? "recalled; read in no source" : id);
  return s.url
    ? h("a", { href: s.url, target: "_blank", rel: "noopener noreferrer" }, s.title)
    : h("span", {}, s.title);
}

function tableOf(heads: string[], rows: (string | Node)[][]): HTMLElement {
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": heads.join(", ") },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads.map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((c) => h("td", {}, c))))),
    ),
  );
}

/** A value in SI as people write it. */
function amount(x: number, unit: string): string {
  if (unit === "m" && x >= 1000) return `${plain(x / 1000)} km`;
  const written = { "1": "", quantile: "", m2: " m²" }[unit] ?? ` ${unit}`;
  return plain(x) + written;
}

const plain = (x: number) =>
  Number(x.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 });
