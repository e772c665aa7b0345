// Passing the map on: a link that brings everything back, code for another page, pictures, data.

import { nearestAltitude } from "./controls";
import { IN_RING, NOT_KNOWN } from "./coverage";
import { csv, keep, type Row } from "./csv";
import { alertReader, h } from "./dom";
import { latitude } from "./lattice";
import type { MapView } from "./map";
import type { Model } from "./model";
import { PRINT_DPI, pictureOf, printOf, svgOf, usualTitle, type Words } from "./picture";
import type { Sources } from "./sources";

const EXPORTED = "https://example.org/map/index.html";

/** The card with the link and the code. */
export function shareCard(model: Model, sources: Sources) {
  const { href } = location;
  const away = model.answers.live || location.protocol === "file:";
  const base = away ? EXPORTED : href.replace(/#.*/, "");
  const code = `<iframe src="${base}${shown(location.hash)}" title="${escaped(model.case_.title)}" width="100%" height="600" style="border:0" loading="lazy"></iframe>`;
  sources.open(
    h("h2", {}, "Pass it on"),
    copied("Link to what is shown now", href, "link"),
    h(
      "p",
      { class: "note" },
      model.answers.live
        ? "It brings back the units, the date, the raid and the question as they are, on this server."
        : "It brings back what is shown, wherever this folder lies.",
    ),
    copied("Code for a page of yours", code, "embed"),
    ...(away
      ? [
          h(
            "p",
            { class: "note" },
            `This server lets no other page show it. Write the map as a folder ('skyshade export ${model.case_.name} --site'), put it on a web site, and put its address in place of ${EXPORTED}.`,
          ),
        ]
      : []),
  );
}

/** Of an address, what a folder without a server can show. */
function shown(hash: string): string {
  const given = new URLSearchParams(hash.slice(1));
  for (const key of ["sites", "raid", "raidjob", "next", "nextjob", "line", "known", "diff"]) {
    given.delete(key);
  }
  given.set("embed", "1");
  return `#${given.toString().replace(/%2C/g, ",")}`;
}

/** A text to take along, with a button that copies it. */
function copied(label: string, text: string, id: string): HTMLElement {
  const box = h("textarea", { readonly: true, rows: 3, "aria-label": label, "data-testid": id });
  box.value = text;
  const button = h(
    "button",
    {
      type: "button",
      onclick: async () => {
        box.select();
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Marked: copy it with the keyboard";
        }
      },
    },
    "Copy",
  );
  return h("div", { class: "form" }, h("h3", {}, label), box, button);
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The card with pictures: title and credit are the reader's choice. */
export function pictureCard(
  model: Model,
  map: MapView,
  sources: Sources,
  headline: () => string,
  bordersNote: string,
) {
  const title = h("input", { maxlength: 160, value: usualTitle(model), "data-testid": "title" });
  const long = h("input", { type: "checkbox", "data-testid": "long-credit" });
  const words = (): Words => ({
    title: title.value.trim() || usualTitle(model),
    headline: headline(),
    short: !long.checked,
    bordersNote,
  });
  const name = `${model.case_.name}${model.draft.changed ? "-what-if" : ""}`;
  const button = (text: string, id: string, make: () => Promise<Blob> | Blob, ending: string) =>
    h(
      "button",
      {
        type: "button",
        "data-testid": id,
        onclick: async () => {
          const awaited = model.awaited.map((s) => s.name).join(", ");
          if (awaited || !model.tally) {
            alertReader(`The map is not complete yet (${awaited || "terrain"}): a moment.`);
            return;
          }
          keep(await make(), `${name}${ending}`);
        },
      },
      text,
    );
  const screen = () =>
    new Promise<Blob>((done) => pictureOf(model, map, words()).toBlob((b) => done(b!)));
  sources.open(
    h("h2", {}, "Save as picture"),
    h(
      "div",
      { class: "form" },
      h("label", {}, h("span", {}, "Title"), title),
      h("label", { class: "check" }, long, "All sources and notes in place of the short credit"),
    ),
    h(
      "div",
      { class: "row" },
      button("PNG for a screen", "png-screen", screen, ".png"),
      button(
        `PNG for print (${PRINT_DPI} dpi)`,
        "png-print",
        () => printOf(model, map, words()),
        `-${PRINT_DPI}dpi.png`,
      ),
      button("SVG", "svg", () => svgOf(model, map, words()), ".svg"),
    ),
    h("p", { class: "note" }, "The SVG keeps its words as text; the map in it is a picture."),
  );
}

/** The numbers behind the view: cells in runs along a parallel, or first intercepts by azimuth. */
export function viewRows(model: Model): Row[] {
  const { kind, k, target, date } = model.choices;
  if (kind === "reach") {
    const { index, label } = nearestAltitude(model);
    return model.serving().flatMap((s) => {
      const reach = model.reach(s);
      if (!reach) return [];
      return reach.az_deg.map((az_deg, i) => ({
        unit: s.name,
        target,
        altitude: label,
        date,
        az_deg,
        first_intercept_m: reach.median[index][i],
        low_m: reach.low?.[index][i] ?? null,
        high_m: reach.high?.[index][i] ?? null,
      }));
    });
  }
  const { lattice, counts, inRing, box, compared, before } = model;
  const rows: Row[] = [];
  for (let row = box[1]; row < box[3]; row++) {
    const north = latitude(lattice.north - row * lattice.step);
    const south = latitude(lattice.north - (row + 1) * lattice.step);
    const what = (col: number) => {
      const i = row * lattice.columns + col;
      return (counts[i] << 16) | ((compared ? before[i] : 0) << 8) | inRing[i]; // 0: nothing
    };
    for (let col = box[0]; col < box[2]; ) {
      const here = what(col);
      let end = col + 1;
      while (end < box[2] && what(end) === here) end++;
      if (here) {
        const i = row * lattice.columns + col;
        rows.push({
          west_deg: +(lattice.west + col * lattice.step).toFixed(5),
          east_deg: +(lattice.west + end * lattice.step).toFixed(5),
          south_deg: +south.toFixed(5),
          north_deg: +north.toFixed(5),
          units: counts[i],
          covered: String(counts[i] >= k),
          ...(compared ? { units_in_scenario: before[i] } : {}),
          in_circle: String((inRing[i] & IN_RING) > 0),
          terrain_known: String((inRing[i] & NOT_KNOWN) === 0),
          km2: +(lattice.area_km2[row] * (end - col)).toFixed(3),
        });
      }
      col = end;
    }
  }
  return rows;
}

/** Keep the numbers behind the view. */
export function keepView(model: Model) {
  const rows = viewRows(model);
  if (!rows.length) return alertReader("There is nothing to keep yet: a moment.");
  const { kind, at, target, date } = model.choices;
  const level = kind === "ring" || kind === "reach" ? "" : `-${at.value_m}m-${at.datum}`;
  const class_ = kind === "engageable" || kind === "reach" ? `-${target}` : "";
  const name = `${model.case_.name}-${kind}${level}${class_}-${date}.csv`;
  keep(new Blob([csv(rows)], { type: "text/csv" }), name);
}
