// Starts the page: terrain and rings first, coverage as it comes.

import { controls, headline, nearestAltitude } from "./controls";
import { alertReader, h } from "./dom";
import { asDraft, spot } from "./draft";
import type { Grid } from "./frame";
import { isStep, readHash, writeHash } from "./hash";
import { hint } from "./hint";
import { hoverBox } from "./hover";
import { interestPanel } from "./interest";
import { BY_KEYBOARD, MapView } from "./map";
import { Model, RETRY_MS } from "./model";
import { legendOf } from "./picture";
import { printable } from "./print";
import { profilePanel } from "./profile";
import { raidPanel } from "./raid";
import { saidPanel } from "./said";
import { keepView, pictureCard, shareCard } from "./share";
import { answers, Lost } from "./source";
import { Sources } from "./sources";
import { story } from "./story";
import { applyTheme, themeSwitch } from "./theme";
import { timePanel, unitCard } from "./time";
import type { DraftSite, LonLat } from "./types";
import { unitsPanel } from "./units_panel";
import { nextPanel } from "./where_next";

declare global {
  interface Window {
    /** For tests and the curious: what has happened so far, in milliseconds. */
    skyshade?: {
      painted?: number;
      complete?: number;
      step_ms?: number;
      preview_ms?: number;
      /** Whether everything that is known has been drawn. */
      still?: boolean;
    };
  }
}

/** A place where a dragged unit lingers so long is worth working out; those it rushes past are not. */
const LINGER_MS = 120;

async function start() {
  applyTheme();
  const embedded = new URLSearchParams(location.hash.slice(1)).has("embed");
  document.body.classList.toggle("embed", embedded);
  const state: NonNullable<Window["skyshade"]> = {};
  window.skyshade = state;
  state.still = false;
  const from = answers();
  const terrain = from.ground();
  const asked = from.borders();
  const model = new Model(from, await from.case());
  const borders = await asked;
  model.countries = borders.countries;
  const shared = readHash(model, location.hash);
  Object.assign(model.choices, shared.choices);
  if (shared.sites && from.live) model.draft.set(shared.sites);
  else if (shared.sites) {
    alertReader("This page has no server behind it: the units that its address moves stay put.");
  }
  sayRefused(shared.refused);
  document.title = `${model.case_.title} · Skyshade`;
  const sources = new Sources(model.case_, () => model.choices.units);
  const map = new MapView(document.getElementById("map")!, model);
  if (shared.view) map.view = shared.view;
  const hover = hoverBox(model, sources);
  const topline = headline(model, sources);
  const legend = h("ul", { class: "legend", "data-testid": "legend" });
  const openSite = (id: string) => void unitCard(model, sources, id);
  const startAdding = (like: string) => {
    alertReader(`Click where the new unit stands, ${BY_KEYBOARD}.`, () => map.pick(null));
    map.pick((at) => {
      map.pick(null);
      alertReader(null);
      void settle(() => model.draft.add(like, at).id);
    });
  };

  /** Change the draft; a change that the server refuses is taken back. */
  const settle = async (change: () => string) => {
    const id = change();
    const site = model.draft.sites.find((s) => s.id === id)!;
    const begun = performance.now();
    wanted = model.held = null;
    showSites();
    try {
      if (!(await model.fetch(site))) model.recompute();
      state.preview_ms = performance.now() - begun;
      if (model.abroad(site)) alertReader(model.abroadNote);
    } catch (error) {
      if (!(error instanceof Lost)) model.draft.drop(site); // else it is asked again
      model.recompute();
    }
    model.fire("draft");
  };

  const touched = window.matchMedia("(hover: none)");
  map.onHover = (at) => {
    hover.show(at);
    if (at && touched.matches) hover.element.scrollIntoView({ block: "nearest" });
  };
  map.onSite = openSite;
  map.onMove = (id, to, done) => {
    if (!done) return preview(id, to);
    void settle(() => {
      model.draft.move(id, to);
      return id;
    });
  };
  // the circle follows the finger at once, the sky that it covers as fast as it can be worked out
  let wanted: DraftSite | null = null;
  let following = false;
  const preview = (id: string, to: LonLat) => {
    const moved = model.draft.moved(id, to);
    if (wanted && spot(wanted) === spot(moved)) return;
    wanted = moved;
    map.drawRings(model.serving().map((s) => (s.id === id ? moved : s)));
    clearTimeout(pause);
    pause = setTimeout(follow, LINGER_MS);
  };
  let pause: ReturnType<typeof setTimeout> | undefined;
  const follow = async () => {
    const site = wanted;
    if (!site || !model.hasGround([site.lon, site.lat])) return; // let go meanwhile, or no place
    if (following) {
      pause = setTimeout(follow, LINGER_MS);
      return;
    }
    following = true;
    const found = await model.fetch(site, true).then(
      () => true,
      () => false,
    );
    following = false;
    if (!found || wanted !== site) return;
    model.held = site;
    model.recompute();
  };

  const panel = document.getElementById("panel")!;
  const welcome = hint(from.live);
  const said = saidPanel(model, sources);
  panel.append(
    ...(welcome ? [welcome] : []),
    hover.element,
    controls(model, sources),
    legend,
    unitsPanel(model, sources, startAdding, openSite),
    interestPanel(model, map, borders),
    timePanel(model),
    ...(said ? [said] : []),
    raidPanel(model, map, sources),
    nextPanel(model, map, borders),
    profilePanel(model, map),
    h(
      "footer",
      {},
      h("p", {}, model.case_.note),
      h("p", {}, borders.note),
      h("p", {}, model.case_.citation),
    ),
  );
  const said_now = () => topline.textContent ?? "";
  const told = story(model, map);
  const tool = (id: string, text: string, onclick: () => void) =>
    h("button", { type: "button", "data-testid": id, onclick }, text);
  document.getElementById("head")!.append(
    h("div", {}, h("h1", {}, model.case_.title), topline),
    h(
      "div",
      { class: "tools" },
      told.button,
      tool("sources", "Figures and sources", () => sources.showAll()),
      tool("png", "Save as picture …", () =>
        pictureCard(model, map, sources, said_now, borders.note),
      ),
      tool("data", "Data (CSV)", () => keepView(model)),
      tool("share", "Link and code …", () => shareCard(model, sources)),
      themeSwitch(() => {
        map.recolour();
        model.fire("coverage");
        model.fire("draft");
      }),
      h("a", { class: "whole", target: "_blank", rel: "noopener" }, "Open the whole map"),
    ),
  );
  document.getElementById("map")!.append(told.bar);
  printable(model, map, said_now, borders.note);

  if (!shared.view) map.fit(); // now that the headline has taken its room

  const showLegend = () => {
    legend.replaceChildren(
      ...legendOf(model).map(({ colour, text, look }) => {
        const item = h("li", { class: look }, text);
        item.style.setProperty("--key", colour);
        return item;
      }),
    );
  };
  const showSites = () => {
    const serving = model.serving();
    map.drawSites(model.draft.sites, new Set(serving.map((s) => s.id)));
    map.drawRings(serving);
    map.drawReach(serving, nearestAltitude(model).index);
  };
  let waiting = false;
  const paint = () => {
    state.still = false;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      map.drawCoverage();
      map.drawReach(model.serving(), nearestAltitude(model).index);
      state.step_ms = model.step_ms;
    });
  };
  map.gl.on("idle", () => {
    state.still = !waiting;
  });
  model.addEventListener("trouble", (e) => alertReader((e as CustomEvent<string | null>).detail));
  model.addEventListener("draft", showSites);
  model.addEventListener("coverage", paint);
  model.addEventListener("coverage", showLegend);
  model.addEventListener("replay", showLegend);
  model.addEventListener("candidates", showLegend);
  model.addEventListener("choice", () => {
    showSites();
    showLegend();
    map.setUnits();
  });
  // the browser's button Back undoes a choice; what is drawn along, a slider or the map, is one step
  let arriving = false; // at an address that the reader has gone to
  const remember = () => {
    if (arriving) return;
    const address = writeHash(model, map.view) + (embedded ? "&embed=1" : "");
    document.querySelector<HTMLAnchorElement>("a.whole")!.href = writeHash(model, map.view);
    const steps = isStep(location.hash, address);
    history[steps ? "pushState" : "replaceState"](null, "", address);
  };
  model.addEventListener("choice", remember);
  model.addEventListener("draft", remember);
  map.gl.on("moveend", remember);
  window.addEventListener("hashchange", () => {
    const { choices, sites, view, refused } = readHash(model, location.hash);
    sayRefused(refused);
    arriving = true;
    if (view) map.view = view;
    if (from.live) model.draft.set(sites ?? model.case_.sites.map(asDraft));
    model.fire("draft");
    const { known } = choices;
    model.choose({
      story: undefined,
      line: undefined,
      known: undefined,
      interest: undefined,
      ...choices,
    });
    if ((known ?? null) !== model.earlier) void model.know(known).catch((e) => model.trouble(e));
    arriving = false;
    remember();
  });
  document.addEventListener("keydown", (e) => {
    const typing = e.target instanceof HTMLInputElement && e.target.type !== "range";
    if (e.key === "Escape") {
      map.pick(null);
      alertReader(null);
    } else if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z" && !typing) {
      e.preventDefault();
      if (e.shiftKey) model.draft.redo();
      else model.draft.undo();
      model.redraw();
    }
  });

  await map.ready;
  map.set("borders", borders.features);
  showSites();
  showLegend();
  map.addPlaces();
  map.addNames(borders.names);
  map.setUnits();
  map.addPoor();
  model.ground = ((await terrain).grids.ground as Grid<Int16Array>).values;
  map.drawRelief();
  map.gl.once("render", () => {
    state.painted = performance.now();
  });
  await Promise.allSettled(model.serving().map((s) => model.fetch(s)));
  model.recompute();
  map.gl.once("idle", () => {
    state.complete = performance.now();
  });
  if (model.case_.has_programme) await model.know(model.choices.known);
  else model.redraw();
}

function sayRefused(parts: string[]) {
  if (!parts.length) return;
  alertReader(
    `Of this page's address this was left out, as it makes no sense: ${parts.join(", ")}.`,
  );
}

/** From the beginning, as soon as there is a server. */
async function again() {
  await new Promise((go) => setTimeout(go, RETRY_MS));
  const found = await answers()
    .case()
    .then(
      () => true,
      () => false,
    );
  if (found) location.reload();
  else void again();
}

start().catch((error: Error) => {
  alertReader(error.message);
  if (error instanceof Lost) void again();
});
