// Behind every number its figure, and behind the figure its sources: one click each.

import { h } from "./dom";
import type { Case, Figure, Source, Unknown } from "./types";

const SURE: Record<string, string> = {
  high: "high confidence",
  medium: "medium confidence",
  low: "low confidence",
  memory: "from memory only, read in no source",
  assumed: "assumed by this model",
  illustrative: "illustrative: nothing stands there",
  given: "as the scenario gives it",
};

export class Sources {
  private readonly dialog: HTMLDialogElement;

  constructor(private readonly case_: Case) {
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
        title: `${figure.owner}: ${figure.title}. Where is this from?`,
        onclick: () => this.show(key),
      },
      text ? `${text}${figure.mark ? ` ${figure.mark}` : ""}` : figure.text,
    );
  }

  show(key: string) {
    this.open(this.card(this.case_.figures[key]));
  }

  /** All figures of the case. */
  showAll() {
    const rows = Object.entries(this.case_.figures).map(([key, f]) =>
      h(
        "tr",
        {},
        h("td", {}, f.owner),
        h("td", {}, f.title),
        h("td", {}, this.button(key)),
        h("td", {}, SURE[f.confidence] ?? f.confidence),
      ),
    );
    this.open(
      h("h2", {}, "Every figure behind this map"),
      h("p", {}, "? low confidence  ·  ?? from memory only. A figure opens its sources."),
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, ...["of", "figure", "value", "how sure"].map((t) => h("th", {}, t))),
        ),
        h("tbody", {}, ...rows),
      ),
    );
  }

  showUnknowns(unknowns: Unknown[]) {
    this.open(
      h("h2", {}, "Figures behind this result"),
      h(
        "table",
        {},
        h(
          "tbody",
          {},
          ...unknowns.map((u) =>
            h(
              "tr",
              {},
              h("td", {}, u.title),
              h(
                "td",
                {},
                `${plain(u.value)} ${unit(u.unit)} (${plain(u.low)} to ${plain(u.high)})`,
              ),
              h(
                "td",
                {},
                u.memory_only ? "?? from memory" : u.weak ? "? weak or assumed" : u.origin,
              ),
              h("td", {}, u.why),
            ),
          ),
        ),
      ),
    );
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
            `Published or credible range: ${plain(f.low)} to ${plain(f.high)} ${unit(f.unit)}`,
          )
        : null;
    return h(
      "div",
      {},
      h("h2", {}, `${f.owner}: ${f.title}`),
      h("p", { class: "value" }, f.text),
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
    );
  }
}

export function source(s: Source | undefined, id: string): HTMLElement {
  if (!s) return h("span", {}, id === "memory" ? "Recalled; read in no source." : id);
  const title = s.url
    ? h("a", { href: s.url, target: "_blank", rel: "noopener noreferrer" }, s.title)
    : h("span", {}, s.title);
  return h(
    "span",
    {},
    title,
    [s.outlet, s.date]
      .filter(Boolean)
      .map((t) => `, ${t}`)
      .join(""),
    s.note ? `. ${s.note}` : "",
  );
}

const unit = (u: string) => (u === "1" || u === "quantile" ? "" : u);
const plain = (x: number) =>
  Number(x.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 });
