// The map itself: relief, coverage, borders, rings, units that can be dragged, and a replay.

import {
  type CanvasSource,
  type GeoJSONSource,
  Map as GlMap,
  Marker,
  NavigationControl,
  ScaleControl,
  type StyleSpecification,
} from "maplibre-gl";
import { CoverLayer, type Rgba } from "./cover";
import { NOT_KNOWN } from "./coverage";
import { alertReader, h } from "./dom";
import type { View } from "./hash";
import { destination, ringAround } from "./lattice";
import { addLayers, colourLayers } from "./layers";
import type { Model } from "./model";
import { GAINED, hexToRgb, ink, isDark, LOST, opacityOf, shadesOf } from "./palette";
import { shade } from "./relief";
import type { DraftSite, LonLat, MapName, NextPoint, Site } from "./types";

const PAPER: StyleSpecification = {
  version: 8,
  transition: { duration: 0, delay: 0 }, // a picture is drawn at once, in the colours of paper
  sources: {},
  layers: [{ id: "paper", type: "background", paint: { "background-color": "#e8ebee" } }],
};

const FEW = 20; // candidates

/** How a place is picked without a mouse, for the middle of a sentence. */
export const BY_KEYBOARD = "or bring it under the cross with the arrow keys and press Enter";

export const feature = (
  geometry: GeoJSON.Geometry,
  properties: Record<string, unknown> = {},
): GeoJSON.Feature => ({ type: "Feature", geometry, properties });

/** Whether this browser has what the map is drawn with. */
function canDraw(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return gl !== null;
}

export class MapView {
  readonly gl: GlMap;
  readonly ready: Promise<void>;
  private readonly relief: HTMLCanvasElement;
  private readonly cover: CoverLayer;
  private markers = new Map<string, Marker>();
  private said = new Map<string, string>();
  private scale: ScaleControl;
  onHover: (at: LonLat | null) => void = () => {};
  private onPick: ((at: LonLat) => void) | null = null;
  onSite: (id: string) => void = () => {};
  onMove: (id: string, to: LonLat, done: boolean) => void = () => {};

  constructor(
    container: HTMLElement,
    private readonly model: Model,
  ) {
    if (!canDraw()) {
      throw new Error(
        "This map needs WebGL 2, which is switched off or missing in this browser: switch on " +
          "hardware acceleration in its settings, or use another browser.",
      );
    }
    const { columns, rows } = model.lattice;
    this.relief = h("canvas", { width: columns, height: rows });
    this.cover = new CoverLayer(model.lattice);
    this.gl = new GlMap({
      container,
      style: PAPER,
      bounds: this.extent(),
      fitBoundsOptions: { padding: 30 },
      maxPitch: 0,
      dragRotate: false,
      attributionControl: false,
      canvasContextAttributes: { preserveDrawingBuffer: true },
      fadeDuration: 0,
      renderWorldCopies: false,
    });
    this.gl.touchZoomRotate.disableRotation();
    this.gl.addControl(new NavigationControl({ showCompass: false }), "top-left");
    this.scale = new ScaleControl({ unit: "metric", maxWidth: 140 });
    this.gl.addControl(this.scale, "bottom-left");
    this.ready = new Promise((resolve) => {
      this.gl.once("load", () => {
        this.furnish();
        resolve();
      });
    });
    this.gl.on("webglcontextlost", () =>
      alertReader("The graphics card has let go of the map. It comes back by itself."),
    );
    this.gl.on("webglcontextrestored", () => this.refurnish());
    this.gl.on("mousemove", (e) => this.onHover([e.lngLat.lng, e.lngLat.lat]));
    this.gl.on("mouseout", () => this.onHover(null));
    this.gl.on("click", (e) => this.take([e.lngLat.lng, e.lngLat.lat]));
    this.gl.on("moveend", () => {
      this.declutter();
      if (canvas.matches(":focus-visible")) this.onHover(this.middle());
    });
    const canvas = this.gl.getCanvas();
    canvas.addEventListener("keydown", (e) => {
      if (e.key === "Enter") this.take(this.middle());
    });
    container.append(h("div", { class: "cross", "aria-hidden": "true" }));
  }

  /** Every source and layer, onto bare paper. */
  private furnish() {
    this.gl.addImage("hatch", hatched());
    this.gl.setPaintProperty("paper", "background-pattern", "hatch");
    this.gl.addSource("relief", {
      type: "canvas",
      canvas: this.relief,
      coordinates: this.model.lattice.corners(),
      animate: false,
    });
    this.gl.addLayer({
      id: "relief",
      type: "raster",
      source: "relief",
      paint: { "raster-fade-duration": 0 },
    });
    this.gl.addLayer(this.cover);
    addLayers(this.gl);
  }

  /** Draw everything anew in the colours that hold now. */
  recolour() {
    if (!this.gl.hasImage("hatch")) return;
    this.gl.updateImage("hatch", hatched());
    colourLayers(this.gl);
    this.drawCoverage();
    if (this.model.ground) this.drawRelief();
  }

  /** The same after the graphics card had lost it: MapLibre brings back no canvas, no own layer. */
  private refurnish() {
    this.gl.once("style.load", () => {
      this.furnish();
      const shown = [...this.said];
      this.said.clear();
      for (const [id, features] of shown) this.set(id, JSON.parse(features));
      this.playRelief();
      alertReader(null);
    });
    this.gl.setStyle(PAPER, { diff: false });
  }

  /** Wait for the reader to show a place; null to wait no longer. */
  pick(onPick: ((at: LonLat) => void) | null) {
    this.onPick = onPick;
    if (onPick) this.gl.getCanvas().focus();
  }

  private take(at: LonLat) {
    if (this.onPick) this.onPick(at);
    else this.onHover(at); // where nothing hovers: on a phone, or by keyboard
  }

  private middle(): LonLat {
    const { lng, lat } = this.gl.getCenter();
    return [lng, lat];
  }

  /** Names that would cover one another: the next free side is taken, and if there is none the name
   * is left out. Units come first, then cities, other places, and names of countries and seas. */
  private declutter() {
    const kept: DOMRect[] = [];
    const container = this.gl.getContainer();
    const home = container.getBoundingClientRect();
    const covers = (box: DOMRect) =>
      box.right > home.right ||
      kept.some(
        (b) => box.left < b.right && box.right > b.left && box.top < b.bottom && box.bottom > b.top,
      );
    const all = (which: string) => [...container.querySelectorAll<HTMLElement>(which)];
    for (const taken of all(".unit .dot, .maplibregl-ctrl")) {
      kept.push(taken.getBoundingClientRect());
    }
    const inOrder = [".unit", ".place.city", ".place:not(.city)", ".region"].flatMap(all);
    for (const marker of inOrder) {
      const name = marker.querySelector(".name")!;
      const box = () => name.getBoundingClientRect();
      marker.classList.remove("left", "above", "below", "crowded");
      let free = !covers(box());
      for (const side of marker.matches(".region") ? [] : ["left", "above", "below"]) {
        if (free) break;
        marker.classList.remove("left", "above", "below");
        marker.classList.add(side);
        free = !covers(box());
      }
      if (!free && marker.matches(".unit")) {
        marker.classList.remove("above", "below");
        marker.classList.add("left"); // a unit is never without its name
      } else if (!free || (marker.matches(".region") && !this.hasRoom(marker))) {
        marker.classList.add("crowded");
      }
      if (!marker.matches(".crowded")) kept.push(box());
    }
  }

  /** Whether a country or sea is drawn large enough for its name. */
  private hasRoom(marker: HTMLElement): boolean {
    const degrees_px = 2 ** this.gl.getZoom() * (512 / 360);
    const name = marker.querySelector<HTMLElement>(".name")!;
    return 2.4 * Number(marker.dataset.radius) * degrees_px > name.offsetWidth;
  }

  get view(): View {
    const { lng, lat } = this.gl.getCenter();
    return { lon: lng, lat, zoom: this.gl.getZoom() };
  }

  set view({ lon, lat, zoom }: View) {
    this.gl.jumpTo({ center: [lon, lat], zoom });
  }

  /** Show all units with their circles. */
  fit() {
    this.gl.resize();
    this.gl.fitBounds(this.extent(), { padding: 30, duration: 0 });
  }

  private extent(): [number, number, number, number] {
    const [w, s, e, n] = this.model.case_.bounds;
    const around = (radius: (site: Site) => number) =>
      this.model.case_.sites.flatMap((site) =>
        [0, 90, 180, 270].map((b) => destination([site.lon, site.lat], b, radius(site))),
      );
    // what radars see as far as there is terrain, and the circles wherever they are
    const seen = around((site) => site.radar_range_m);
    const drawn = around((site) => this.model.case_.ring_m ?? site.ring_m);
    const at = (points: LonLat[], k: 0 | 1) => points.map((p) => p[k]);
    return [
      Math.min(Math.max(w, Math.min(...at(seen, 0))), ...at(drawn, 0)),
      Math.min(Math.max(s, Math.min(...at(seen, 1))), ...at(drawn, 1)),
      Math.max(Math.min(e, Math.max(...at(seen, 0))), ...at(drawn, 0)),
      Math.max(Math.min(n, Math.max(...at(seen, 1))), ...at(drawn, 1)),
    ];
  }

  /** Show features in place of those before; the same again costs no new frame. */
  set(id: string, features: GeoJSON.Feature[]) {
    const source = this.gl.getSource(id) as GeoJSONSource | undefined;
    const said = JSON.stringify(features);
    if (!source || this.said.get(id) === said) return;
    this.said.set(id, said);
    source.setData({ type: "FeatureCollection", features });
  }

  drawRelief() {
    const { columns, rows } = this.model.lattice;
    const shaded = shade(this.model.lattice, this.model.ground!, isDark());
    const image = new ImageData(shaded, columns, rows);
    this.relief.getContext("2d")!.putImageData(image, 0, 0);
    this.playRelief();
  }

  private playRelief() {
    const source = this.gl.getSource("relief") as CanvasSource;
    source.play(); // long enough to be taken over
    this.gl.once("render", () => source.pause());
  }

  /** Paint what is covered, or what a change gains and loses. */
  drawCoverage() {
    const { counts, before, inRing, choices, box } = this.model;
    const { k, diff, kind } = choices;
    const shades = shadesOf(kind);
    this.cover.update([
      ...shades.map((c, i): Rgba => [...c, opacityOf(kind, i)]),
      [...hexToRgb(GAINED), 190],
      [...hexToRgb(LOST), 190],
      [130, 150, 170, 110], // as before
      [...hexToRgb(ink().unknown), 120], // not known
    ]);
    const n = shades.length;
    const [gained, lost, kept, hatch] = [n + 1, n + 2, n + 3, n + 4];
    const { columns } = this.model.lattice;
    const out = this.cover.cells;
    out.fill(0);
    for (let row = box[1]; row < box[3]; row++) {
      let i = row * columns + box[0];
      for (let col = box[0]; col < box[2]; col++, i++) {
        const covered = counts[i] >= k;
        let colour = 0;
        if (kind !== "reach") {
          if (diff) {
            const was = before[i] >= k;
            colour = covered ? (was ? kept : gained) : was ? lost : 0;
          } else if (covered) colour = Math.min(counts[i] - k + 1, n);
        }
        if (!colour && inRing[i] & NOT_KNOWN && (col + row) % 6 === 0) colour = hatch;
        out[i] = colour;
      }
    }
  }

  drawRings(sites: DraftSite[]) {
    const features: GeoJSON.Feature[] = [];
    for (const site of sites) {
      const base = this.model.draft.model(site);
      const ring = this.model.ring_m(site);
      for (const [what, radius] of [
        ["missile", ring],
        ["radar", base.radar_range_m],
      ] as const) {
        const coordinates = ringAround([site.lon, site.lat], radius);
        features.push(feature({ type: "LineString", coordinates }, { what }));
      }
    }
    this.set("rings", features);
  }

  drawReach(sites: DraftSite[], altitude: number) {
    const features: GeoJSON.Feature[] = [];
    for (const site of this.model.choices.kind === "reach" ? sites : []) {
      const reach = this.model.reach(site);
      if (!reach) continue;
      for (const q of ["high", "low", "median"] as const) {
        const ranges = reach[q]?.[altitude];
        if (!ranges) continue;
        const points = ranges.map((d, i) =>
          destination([site.lon, site.lat], reach.az_deg[i], Math.max(d, 1)),
        );
        features.push(feature({ type: "Polygon", coordinates: [[...points, points[0]]] }, { q }));
      }
    }
    this.set("reach", features);
  }

  drawSites(sites: DraftSite[], serving: Set<string>) {
    for (const [id, marker] of this.markers) {
      if (sites.some((s) => s.id === id)) continue;
      marker.remove();
      this.markers.delete(id);
    }
    for (const site of sites) {
      let marker = this.markers.get(site.id);
      if (!marker) {
        marker = this.marker(site);
        this.markers.set(site.id, marker);
      }
      marker.setLngLat([site.lon, site.lat]);
      marker.getElement().classList.toggle("waiting", !serving.has(site.id));
      marker.getElement().title = serving.has(site.id)
        ? `${site.name}${this.model.answers.live ? ": drag to move it" : ""}`
        : `${site.name}: not in service on this date`;
    }
    this.declutter();
  }

  private marker(site: DraftSite): Marker {
    const live = this.model.answers.live;
    const element = h(
      "button",
      {
        type: "button",
        class: "unit",
        "data-site": site.id,
        "aria-label": `${site.name}. Enter opens it${live ? ", arrow keys move it" : ""}.`,
        onclick: (e: Event) => {
          e.stopPropagation();
          this.onSite(site.id);
        },
        onkeydown: (e: Event) => this.nudge(site.id, e as KeyboardEvent),
      },
      h("span", { class: "dot" }),
      h("span", { class: "name" }, site.name),
    );
    const marker = new Marker({ element, draggable: live }).setLngLat([site.lon, site.lat]);
    const at = (): LonLat => [marker.getLngLat().lng, marker.getLngLat().lat];
    marker.on("drag", () => this.onMove(site.id, at(), false));
    marker.on("dragend", () => this.onMove(site.id, at(), true));
    return marker.addTo(this.gl);
  }

  private nudge(id: string, event: KeyboardEvent) {
    const way = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[
      event.key
    ];
    if (!way || !this.model.answers.live) return;
    event.preventDefault();
    event.stopPropagation();
    const site = this.model.draft.sites.find((s) => s.id === id)!;
    const step = this.model.draft.model(site).rounding_deg;
    this.onMove(id, [site.lon + way[0] * step, site.lat + way[1] * step], true);
  }

  addPlaces() {
    for (const place of this.model.case_.places) {
      const element = h(
        "div",
        { class: `place ${place.kind}`, role: "img", "aria-label": place.name },
        h("span", { class: "dot" }),
        h("span", { class: "name" }, shortName(place.name)),
      );
      new Marker({ element }).setLngLat([place.lon, place.lat]).addTo(this.gl);
    }
    this.declutter();
  }

  /** Names of countries and seas, as many as there is room for. */
  addNames(names: MapName[]) {
    for (const { name, kind, lon, lat, radius_deg } of names) {
      const element = h(
        "div",
        { class: `region ${kind}`, "aria-hidden": "true", "data-radius": radius_deg },
        h("span", { class: "name" }, name),
      );
      new Marker({ element }).setLngLat([lon, lat]).addTo(this.gl);
    }
    this.declutter();
  }

  /** Where a unit could stand, by how often it is in the best plan. */
  drawCandidates(points: NextPoint[]) {
    const size = points.length > FEW ? 6 : 11; // under a unit's dot, a few are still to be seen
    this.set(
      "candidates",
      points.map((p) =>
        feature(
          { type: "Point", coordinates: [p.lon, p.lat] },
          { share: shareOf(p), chosen: p.in_plan, size },
        ),
      ),
    );
  }

  addPoor() {
    this.set(
      "poor",
      this.model.case_.poor.map(([w, s, e, n]) =>
        feature({
          type: "LineString",
          coordinates: [
            [w, s],
            [e, s],
            [e, n],
            [w, n],
            [w, s],
          ],
        }),
      ),
    );
  }

  /** What comes of a drawing of the map with so many pixels to a unit of the page, at once. */
  drawnFiner<T>(ratio: number, use: () => T): T {
    const before = this.gl.getPixelRatio();
    this.gl.setPixelRatio(ratio);
    this.gl.redraw();
    try {
      return use();
    } finally {
      this.gl.setPixelRatio(before);
      this.gl.redraw();
    }
  }

  setUnits() {
    this.scale.setUnit(this.model.choices.units);
  }
}

/** How often a candidate is in the best plan; where nothing was drawn, how near to the best. */
export const shareOf = (p: NextPoint): number => p.share_of_draws ?? p.share_of_best ?? 0;

/** An airport by its letters, "Delhi, Indira Gandhi airport (DEL)" as DEL; else the whole name. */
const shortName = (name: string) => /\bairport \(([A-Z]{3})\)$/.exec(name)?.[1] ?? name;

/** What lies beneath the terrain: nothing is known there. */
function hatched(): ImageData {
  const tile = new ImageData(8, 8);
  const out = new Uint32Array(tile.data.buffer);
  const [plain, line] = ink().ground;
  for (let i = 0; i < 64; i++) out[i] = ((i % 8) + (i >> 3)) % 8 ? plain : line;
  return tile;
}
