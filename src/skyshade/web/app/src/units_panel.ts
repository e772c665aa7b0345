// The units of the draft: move, add, remove, undo, compare with the case, keep as a new file.

import { worked } from "./behind";
import { atText } from "./controls";
import { csvButton } from "./csv";
import { alertReader, h, section, select } from "./dom";
import type { Model } from "./model";
import { Server } from "./source";
import type { Sources } from "./sources";
import type { Area } from "./types";
import { area, distance, percent, placeText } from "./units";

export function unitsPanel(
  model: Model,
  sources: Sources,
  startAdding: (like: string) => void,
  openSite: (id: string) => void,
): HTMLElement {
  const list = h("ul", { class: "units" });
  const exact = h("div", { class: "note", "data-testid": "exact" });
  const change = h("p", { "data-testid": "diff" });
  const csv = csvButton("areas", () => (known ?? []).map((a) => ({ ...a })));
  const live = model.answers instanceof Server ? model.answers : null;
  const button = (label: string, click: () => void, id?: string) =>
    h("button", { type: "button", onclick: click, "data-testid": id }, label);
  const undo = button(
    "Undo",
    () => {
      model.draft.undo();
      model.redraw();
    },
    "undo",
  );
  const redo = button(
    "Redo",
    () => {
      model.draft.redo();
      model.redraw();
    },
    "redo",
  );
  const reset = button(
    "Back to the scenario",
    () => {
      model.draft.reset();
      model.redraw();
    },
    "reset",
  );
  const diff = h("input", {
    type: "checkbox",
    id: "diff",
    onchange: () => model.choose({ diff: diff.checked }),
  });
  const keep = button(
    "Keep as a new scenario …",
    () => live && saveForm(model, live, sources),
    "save",
  );
  const open = button("Open a kept one …", () => live && openForm(model, live, sources), "open");
  let like = model.draft.base[0].id;
  const add = button("Add a unit", () => startAdding(like), "add");
  const likes = select(
    "like",
    model.draft.base.map((s) => [s.id, s.name]),
    like,
    (id) => {
      like = id;
    },
  );

  let running: AbortController | null = null;
  let known: Area[] | null = null;
  let asked = "";
  const askExact = async () => {
    const sites = model.serving();
    const key = JSON.stringify(sites);
    if (key === asked) return;
    asked = key;
    running?.abort();
    known = null;
    exact.textContent = "";
    if (!live || !sites.length) return;
    running = new AbortController();
    const mine = running;
    exact.textContent = "Exact areas are being worked out …";
    try {
      await new Promise((go) => setTimeout(go, 400)); // while a unit is being dragged, wait
      if (mine.signal.aborted) return;
      const { result } = await live.areas(sites, mine.signal);
      if (!mine.signal.aborted) {
        known = result.areas;
        showExact();
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      exact.textContent = (error as Error).message;
      asked = ""; // so that it is asked again
    }
  };
  const showExact = () => {
    if (!known) return;
    const areas = known;
    const mine = areas.filter(
      (a) => a.who === (areas.some((x) => x.who === "force") ? "force" : a.who),
    );
    const { ring_m, altitudes } = model.case_;
    const named = (label: string) => {
      const at = altitudes.find((x) => x.label === label);
      return at ? atText(at, model.choices.units) : label;
    };
    exact.replaceChildren(
      h(
        "p",
        {},
        "Exact, on the terrain's own grid, within ",
        ring_m
          ? sources.button("case.ring_m", distance(ring_m, model.choices.units))
          : "the radars' range",
        ": ",
        worked(model, sources, "where is this from?", "Areas"),
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
            ...["target", "seen", "of the circles", "unknown"].map((t) =>
              h("th", { scope: "col" }, t),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          ...mine.map((a) =>
            h(
              "tr",
              {},
              h("td", {}, named(a.altitude)),
              h("td", {}, area(a.visible_km2, model.choices.units)),
              h("td", {}, percent(a.visible_frac)),
              h("td", {}, a.unknown_km2 > 0 ? percent(a.unknown_km2 / a.ring_km2) : ""),
            ),
          ),
        ),
      ),
    );
  };

  const show = () => {
    const serving = new Set(model.serving().map((s) => s.id));
    list.replaceChildren(
      ...model.draft.sites.map((s) => {
        const base = model.draft.model(s);
        const start = model.start(s);
        const abroad = model.abroad(s);
        const when = serving.has(s.id)
          ? s.id !== s.like
            ? `what-if, like ${base.name}`
            : s.lon !== base.lon || s.lat !== base.lat
              ? `moved from ${base.sector || placeText([base.lon, base.lat])}`
              : base.sector || "in service"
          : start
            ? `${start.forecast ? "forecast for" : "from"} ${start.day}`
            : "not delivered";
        return h(
          "li",
          { class: serving.has(s.id) ? "" : "waiting" },
          h("button", { type: "button", class: "link", onclick: () => openSite(s.id) }, s.name),
          h(
            "span",
            { class: "note" },
            ` ${placeText([s.lon, s.lat])} · ${when}${abroad ? ` · ${abroad}` : ""} `,
          ),
          live && model.draft.sites.length > 1
            ? h(
                "button",
                {
                  type: "button",
                  class: "small",
                  title: `Remove ${s.name}`,
                  "aria-label": `Remove ${s.name}`,
                  onclick: () => {
                    model.draft.remove(s.id);
                    model.redraw();
                    undo.focus();
                  },
                },
                "×",
              )
            : null,
        );
      }),
    );
    undo.disabled = !model.draft.canUndo;
    redo.disabled = !model.draft.canRedo;
    reset.disabled = !model.draft.changed;
  };
  const showDiff = () => {
    diff.checked = model.choices.diff;
    const { tally, choices } = model;
    const compared = tally && model.compared && choices.kind !== "reach";
    change.replaceChildren(
      ...(compared
        ? [
            "Against the scenario: ",
            worked(model, sources, area(tally.gained_km2, choices.units)),
            " gained, ",
            worked(model, sources, area(tally.lost_km2, choices.units)),
            " lost (about).",
          ]
        : []),
    );
  };
  model.addEventListener("draft", () => {
    show();
    void askExact();
  });
  model.addEventListener("choice", () => {
    show();
    showDiff();
    showExact();
    if (asked) void askExact(); // the date decides who is in service
  });
  model.addEventListener("coverage", showDiff);
  show();
  const rounding = h(
    "p",
    { class: "note" },
    "Positions are rounded to the reported sector and illustrative: nothing stands where they point. On the next hill a radar sees differently, so judge a sector by more than one spot.",
  );
  if (!live) {
    return section(
      "Units",
      true,
      list,
      rounding,
      h(
        "p",
        { class: "note" },
        "This page has no server behind it, so units cannot be moved here: run 'skyshade serve'.",
      ),
    );
  }
  return section(
    "Units: drag one and see",
    true,
    list,
    h("div", { class: "row" }, add, model.draft.base.length > 1 ? likes : null),
    h("div", { class: "row" }, undo, redo, reset),
    h("label", { class: "check" }, diff, "Show what the change gains and loses"),
    change,
    exact,
    csv,
    h("div", { class: "row" }, keep, open),
    rounding,
  );
}

function saveForm(model: Model, live: Server, sources: Sources) {
  const name = h("input", {
    required: true,
    pattern: "[a-z0-9][a-z0-9_\\-]*",
    maxlength: 64,
    value: `${model.case_.name}-what-if`,
  });
  const title = h("input", {
    required: true,
    maxlength: 80,
    value: `${model.case_.title}: a what-if`,
  });
  const said = h("p", { role: "alert" });
  const form = h(
    "form",
    {
      class: "form",
      onsubmit: async (e: Event) => {
        e.preventDefault();
        try {
          const made = await live.save(name.value, title.value, model.draft.sites);
          const link = h(
            "a",
            {
              href: URL.createObjectURL(new Blob([made.yaml], { type: "text/yaml" })),
              download: `${made.name}.yaml`,
            },
            "Download it",
          );
          form.replaceWith(h("div", {}, h("p", {}, `Kept as ${made.file}`), h("p", {}, link)));
        } catch (error) {
          said.textContent = (error as Error).message;
        }
      },
    },
    h("label", {}, h("span", {}, "Name (a to z, digits, -)"), name),
    h("label", {}, h("span", {}, "Title"), title),
    said,
    h("button", { type: "submit" }, "Keep"),
  );
  sources.open(h("h2", {}, "Keep as a new scenario"), form);
  name.focus();
}

async function openForm(model: Model, live: Server, sources: Sources) {
  try {
    const names = await live.saved();
    sources.open(
      h("h2", {}, "Open a kept scenario"),
      names.length
        ? h(
            "ul",
            {},
            ...names.map((n) =>
              h(
                "li",
                {},
                h(
                  "button",
                  {
                    type: "button",
                    class: "link",
                    onclick: async () => {
                      try {
                        const { sites } = await live.open(n);
                        model.draft.set(
                          sites.map(({ id, like, name, lon, lat }) => ({
                            id,
                            like,
                            name,
                            lon,
                            lat,
                          })),
                        );
                        model.redraw();
                        document.querySelector("dialog")?.close();
                      } catch (error) {
                        alertReader((error as Error).message);
                      }
                    },
                  },
                  n,
                ),
              ),
            ),
          )
        : h("p", {}, "None has been kept yet."),
    );
  } catch (error) {
    alertReader((error as Error).message);
  }
}
