// The map as a picture for an article: title, legend, scale bar, north, date, credit.

import { nearestAltitude } from "./controls";
import type { MapView } from "./map";
import type { Model } from "./model";
import {
  CANDIDATE,
  drawDark,
  FRIEND,
  GAINED,
  INTEREST,
  ink,
  isDark,
  LOST,
  MISSILE,
  overRelief,
  REACH,
  THREAT,
} from "./palette";
import { type Pen, SvgPen } from "./pen";
import { withResolution } from "./png";
import { distance } from "./units";

const PAD = 24;
const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";
const RATIO = 2; // finer than most screens
const PRINT_MM = 180; // a page's width
const MM_PER_INCH = 25.4;
export const PRINT_DPI = 300;

export interface Words {
  title: string;
  headline: string;
  /** One line of credit, or all sources and notes. */
  short: boolean;
  bordersNote: string;
}

/** A picture for a screen. */
export const pictureOf = (model: Model, map: MapView, words: Words): HTMLCanvasElement =>
  onLight(map, () =>
    map.drawnFiner(Math.max(RATIO, window.devicePixelRatio), () => {
      const ratio = map.gl.getPixelRatio();
      const layout = layoutOf(model, map, words);
      const out = document.createElement("canvas");
      out.width = layout.width * ratio;
      out.height = layout.height * ratio;
      const pen = out.getContext("2d")!;
      pen.scale(ratio, ratio);
      layout.draw(pen, map.gl.getCanvas());
      return out;
    }),
  );

/** A picture for print, `PRINT_MM` wide at `PRINT_DPI`, that says so. */
export async function printOf(model: Model, map: MapView, words: Words): Promise<Blob> {
  const canvas = onLight(map, () => {
    const wanted = (PRINT_MM / MM_PER_INCH) * PRINT_DPI;
    const ratio = wanted / map.gl.getCanvas().clientWidth;
    return map.drawnFiner(ratio, () => {
      const layout = layoutOf(model, map, words);
      const out = document.createElement("canvas");
      out.width = Math.round(wanted);
      out.height = Math.round(layout.height * ratio);
      const pen = out.getContext("2d")!;
      pen.scale(ratio, ratio);
      layout.draw(pen, map.gl.getCanvas());
      return out;
    });
  });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  return withResolution(blob!, PRINT_DPI);
}

/** A picture whose words stay words and whose map is as fine as print wants it. */
export const svgOf = (model: Model, map: MapView, words: Words): Blob =>
  onLight(map, () => {
    const ratio = ((PRINT_MM / MM_PER_INCH) * PRINT_DPI) / map.gl.getCanvas().clientWidth;
    return map.drawnFiner(ratio, () => {
      const layout = layoutOf(model, map, words);
      const pen = new SvgPen();
      layout.draw(pen, map.gl.getCanvas());
      return new Blob([pen.text(layout.width, layout.height, words.title)], {
        type: "image/svg+xml",
      });
    });
  });

/** What comes of a drawing on light paper, whatever the screen has. */
function onLight<T>(map: MapView, use: () => T): T {
  if (!isDark()) return use();
  drawDark(false);
  map.recolour();
  try {
    return use();
  } finally {
    drawDark(true);
    map.recolour();
  }
}

interface Layout {
  width: number;
  height: number;
  draw: (pen: Pen, source: HTMLCanvasElement) => void;
}

/** Where everything goes, in units of the page. */
function layoutOf(model: Model, map: MapView, words: Words): Layout {
  const { clientWidth: width, clientHeight: high } = map.gl.getCanvas();
  const ruler: Pen = document.createElement("canvas").getContext("2d")!;
  const room = width - 2 * PAD;
  const abroad = model.abroadNote;
  const small = words.short
    ? model.case_.credit
    : [ringFrom(model), model.case_.note, words.bordersNote, model.case_.citation].join(" ");
  ruler.font = `12px ${FONT}`;
  const notes = wrap(ruler, abroad ? `${abroad} ${small}` : small, room);
  ruler.font = `bold 20px ${FONT}`;
  const titles = wrap(ruler, words.title, room);
  ruler.font = `15px ${FONT}`;
  const said = model.replayed ? `${words.headline} ${model.replayed}` : words.headline;
  const lines = wrap(ruler, said, room);
  const top = PAD + 4 + titles.length * 26 + lines.length * 20 + 10;
  const keys = legend(ruler, model, PAD, 0, width - PAD, false) * 20;
  const height = top + high + 24 + keys + notes.length * 16 + PAD;
  const draw = (pen: Pen, source: HTMLCanvasElement) => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = "#111";
    pen.font = `bold 20px ${FONT}`;
    for (const [i, line] of titles.entries()) pen.fillText(line, PAD, PAD + 14 + i * 26);
    pen.font = `15px ${FONT}`;
    for (const [i, line] of lines.entries())
      pen.fillText(line, PAD, PAD + 14 + titles.length * 26 + i * 20);
    pen.drawImage(source, 0, top, width, high);
    labels(pen, map, top, width, high);
    scaleBar(pen, map, model, width - PAD, top + high - 18);
    pen.font = `bold 16px ${FONT}`;
    halo(pen, "N ↑", width - PAD - 30, top + 28);
    legend(pen, model, PAD, top + high + 24, width - PAD, true);
    pen.font = `12px ${FONT}`;
    pen.fillStyle = "#444";
    for (const [i, line] of notes.entries())
      pen.fillText(line, PAD, top + high + 38 + keys + i * 16);
  };
  return { width, height, draw };
}

/** The usual title of a picture. A what-if says so, but not where its units have been put. */
export const usualTitle = ({ draft, case_, choices }: Model): string =>
  `${draft.changed ? "What if? " : ""}${case_.title}, ${choices.date}`;

/** Who says how far the circle goes. */
function ringFrom({ case_ }: Model): string {
  const figure = case_.figures["case.ring_m"];
  if (!figure) return "";
  const titles = figure.sources.map((id) => {
    const s = case_.sources[id];
    return [s?.title ?? id, s?.outlet, s?.date].filter(Boolean).join(", ");
  });
  return `Circle: ${figure.text}, ${case_.ring_note}${titles.length ? ` (${titles.join("; ")})` : ""}.`;
}

export interface Key {
  colour: string;
  text: string;
  look: "fill" | "line" | "dashes" | "hatch" | "dot" | "ring";
}

/** Colour and meaning of everything that the map shows. */
export function legendOf(model: Model): Key[] {
  const { kind, k, diff } = model.choices;
  const fill = (colour: string, text: string): Key => ({ colour, text, look: "fill" });
  const keys: Key[] = [];
  if (kind === "reach") {
    keys.push(fill(REACH, `first intercept, target at ${nearestAltitude(model).label}`));
    if (model.serving().some((s) => model.reach(s)?.low)) {
      keys.push(fill("#ecd3e1", "5 to 95 % over the uncertain figures"));
    }
  } else if (diff) {
    keys.push(fill(GAINED, "gained"), fill(LOST, "lost"), fill("#8296aa", "as before"));
  } else {
    const what = { visible: "visible to", engageable: "engageable by", ring: "circles:" }[kind];
    const n = Math.min(Math.max(model.serving().length - k + 1, 1), 3);
    for (let i = 0; i < n; i++) {
      const more = i === n - 1 && model.serving().length > k + i ? " or more" : "";
      keys.push(fill(overRelief(kind, i), `${i ? "" : `${what} `}${k + i}${more}`));
    }
  }
  const { ring, unknown } = ink();
  keys.push({ colour: ring, text: "nominal ring (the circle of the press)", look: "line" });
  keys.push({ colour: ring, text: "radar's instrumented range", look: "dashes" });
  if ((model.tally?.unknown_km2 ?? 0) > 0) {
    keys.push({ colour: unknown, text: "no terrain data", look: "hatch" });
  }
  if (model.choices.interest) {
    keys.push({ colour: INTEREST, text: "area of interest", look: "line" });
  }
  if (model.candidates.length) {
    keys.push(
      { colour: CANDIDATE[0], text: "candidate in no best plan", look: "dot" },
      {
        colour: CANDIDATE[1],
        text: "in the best plan of every draw (ringed: chosen)",
        look: "dot",
      },
    );
  }
  if (model.replayed) {
    keys.push(
      { colour: THREAT, text: "target of the raid, and its way to its goal", look: "dot" },
      { colour: FRIEND, text: "a site holds a track", look: "line" },
      { colour: MISSILE, text: "missile, drawn straight from launch to meeting", look: "line" },
      { colour: GAINED, text: "shot down", look: "ring" },
      { colour: LOST, text: "got through (large)", look: "dot" },
    );
  }
  return keys;
}

function labels(pen: Pen, map: MapView, top: number, width: number, height: number) {
  const home = map.gl.getContainer().getBoundingClientRect();
  for (const marker of document.querySelectorAll<HTMLElement>(
    "#map .region, #map .place, #map .unit",
  )) {
    const box = marker.getBoundingClientRect();
    const x = box.left + box.width / 2 - home.left;
    const y = box.top + box.height / 2 - home.top;
    if (x < 0 || y < 0 || x > width || y > height) continue;
    if (marker.matches(".waiting, .crowded")) continue;
    if (marker.matches(".region")) {
      pen.font = `${marker.matches(".sea") ? "italic " : ""}13px ${FONT}`;
      const name = (marker.textContent ?? "").toUpperCase();
      halo(pen, name, x - pen.measureText(name).width / 2, top + y + 4, "#5b6470");
      continue;
    }
    const unit = marker.matches(".unit");
    pen.beginPath();
    pen.arc(x, top + y, unit ? 6 : 2.5, 0, 7);
    pen.fillStyle = unit ? "#111" : "#444";
    pen.fill();
    pen.font = unit ? `bold 13px ${FONT}` : `11px ${FONT}`;
    const name = marker.querySelector(".name")?.textContent ?? "";
    const long = pen.measureText(name).width;
    const up = marker.matches(".above") ? -10 : marker.matches(".below") ? 12 : 0;
    const left = marker.matches(".left") || (!up && x + 9 + long > width);
    halo(pen, name, up ? x - long / 2 : left ? x - 9 - long : x + 9, top + y + 4 + up);
  }
}

function scaleBar(pen: Pen, map: MapView, model: Model, right: number, y: number) {
  const gl = map.gl;
  const middle = gl.getCanvas().clientHeight / 2;
  const m = gl.unproject([0, middle]).distanceTo(gl.unproject([100, middle])) / 100;
  const unit = model.choices.units === "metric" ? 1000 : 1852;
  const wanted = (m * 140) / unit;
  const base = 10 ** Math.floor(Math.log10(wanted));
  const value = [5, 2, 1].map((k) => k * base).find((v) => v <= wanted) ?? base;
  const length = (value * unit) / m;
  pen.fillStyle = "#fff";
  pen.fillRect(right - length - 6, y - 18, length + 12, 26);
  pen.fillStyle = "#111";
  pen.fillRect(right - length, y, length, 4);
  pen.font = `12px ${FONT}`;
  pen.fillText(distance(value * unit, model.choices.units), right - length, y - 5);
}

/** Keys in rows of the picture's width; where there is no pen yet, how many rows they take. */
function legend(
  pen: Pen,
  model: Model,
  left: number,
  top: number,
  width: number,
  draw: boolean,
): number {
  pen.font = `13px ${FONT}`;
  let [x, row] = [left, 0];
  for (const { colour, text, look } of legendOf(model)) {
    const long = pen.measureText(text).width + 44;
    if (x > left && x + long > width) [x, row] = [left, row + 1];
    if (draw) {
      const y = top + row * 20;
      pen.fillStyle = pen.strokeStyle = colour;
      pen.lineWidth = look === "line" || look === "ring" ? 2 : 1;
      if (look === "fill") pen.fillRect(x, y - 11, 16, 12);
      else if (look === "dot" || look === "ring") {
        pen.beginPath();
        pen.arc(x + 8, y - 5, 5, 0, 7);
        if (look === "dot") pen.fill();
        else pen.stroke();
      } else {
        pen.beginPath();
        pen.setLineDash(look === "dashes" ? [2, 3] : []);
        for (const dx of look === "hatch" ? [0, 6, 12] : []) {
          pen.moveTo(x + dx, y + 1);
          pen.lineTo(x + dx + 6, y - 11);
        }
        if (look !== "hatch") {
          pen.moveTo(x, y - 4);
          pen.lineTo(x + 16, y - 4);
        }
        pen.stroke();
        pen.setLineDash([]);
      }
      pen.fillStyle = "#111";
      pen.fillText(text, x + 22, y);
    }
    x += long;
  }
  return row + 1;
}

function halo(pen: Pen, text: string, x: number, y: number, colour = "#111") {
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(255,255,255,0.9)";
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

function wrap(pen: Pen, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (pen.measureText(longer).width > width && line) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}
