// The map as a picture for an article: title, legend, scale bar, north, date, citation.

import { nearestAltitude } from "./controls";
import type { MapView } from "./map";
import type { Model } from "./model";
import { FRIEND, GAINED, LOST, MISSILE, overRelief, REACH, RING, THREAT } from "./palette";
import { distance } from "./units";

const PAD = 24;
const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";

const RATIO = 2; // finer than most screens, for print

export async function pictureOf(
  model: Model,
  map: MapView,
  headline: string,
  bordersNote: string,
): Promise<HTMLCanvasElement> {
  return map.drawnFiner(RATIO, () => pictureNow(model, map, headline, bordersNote));
}

function pictureNow(
  model: Model,
  map: MapView,
  headline: string,
  bordersNote: string,
): HTMLCanvasElement {
  const source = map.gl.getCanvas();
  const ratio = source.width / source.clientWidth;
  const width = source.clientWidth;
  const out = document.createElement("canvas");
  const pen = out.getContext("2d")!;
  const small = [ringFrom(model), model.case_.note, bordersNote, model.case_.citation].join(" ");
  pen.font = `12px ${FONT}`;
  const notes = wrap(pen, small, width - 2 * PAD);
  pen.font = `bold 20px ${FONT}`;
  const whatIf = model.draft.changed ? "What if? " : "";
  const titles = wrap(pen, `${whatIf}${model.case_.title}, ${model.choices.date}`, width - 2 * PAD);
  pen.font = `15px ${FONT}`;
  const said = model.replayed ? `${headline} ${model.replayed}` : headline;
  const lines = wrap(pen, said, width - 2 * PAD);
  const top = PAD + 4 + titles.length * 26 + lines.length * 20 + 10;
  const keys = legend(pen, model, PAD, 0, width - PAD, false) * 20;
  const bottom = 24 + keys + notes.length * 16 + PAD;
  out.width = width * ratio;
  out.height = (top + source.clientHeight + bottom) * ratio;
  pen.scale(ratio, ratio);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, out.height);
  pen.fillStyle = "#111";
  pen.font = `bold 20px ${FONT}`;
  for (const [i, line] of titles.entries()) pen.fillText(line, PAD, PAD + 14 + i * 26);
  pen.font = `15px ${FONT}`;
  for (const [i, line] of lines.entries())
    pen.fillText(line, PAD, PAD + 14 + titles.length * 26 + i * 20);
  pen.drawImage(source, 0, top, width, source.clientHeight);
  labels(pen, map, top, width, source.clientHeight);
  scaleBar(pen, map, model, width - PAD, top + source.clientHeight - 18);
  pen.font = `bold 16px ${FONT}`;
  halo(pen, "N ↑", width - PAD - 30, top + 28);
  legend(pen, model, PAD, top + source.clientHeight + 24, width - PAD, true);
  pen.font = `12px ${FONT}`;
  pen.fillStyle = "#444";
  for (const [i, line] of notes.entries())
    pen.fillText(line, PAD, top + source.clientHeight + 38 + keys + i * 16);
  return out;
}

/** Who says how far the circle goes. */
function ringFrom({ case_ }: Model): string {
  const figure = case_.figures["case.ring"];
  if (!figure) return "";
  const titles = figure.sources.map((id) => {
    const s = case_.sources[id];
    return [s?.title ?? id, s?.outlet, s?.date].filter(Boolean).join(", ");
  });
  return `Circle: ${figure.text}, ${case_.ring_note}${titles.length ? ` (${titles.join("; ")})` : ""}.`;
}

export function download(canvas: HTMLCanvasElement, name: string) {
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob!);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
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
  keys.push({ colour: RING, text: "nominal ring (the circle of the press)", look: "line" });
  keys.push({ colour: RING, text: "radar's instrumented range", look: "dashes" });
  if ((model.tally?.unknown_km2 ?? 0) > 0) {
    keys.push({ colour: "#5a5a5a", text: "no terrain data", look: "hatch" });
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

function labels(
  pen: CanvasRenderingContext2D,
  map: MapView,
  top: number,
  width: number,
  height: number,
) {
  const home = map.gl.getContainer().getBoundingClientRect();
  for (const marker of document.querySelectorAll<HTMLElement>("#map .place.city, #map .unit")) {
    const box = marker.getBoundingClientRect();
    const x = box.left + box.width / 2 - home.left;
    const y = box.top + box.height / 2 - home.top;
    if (x < 0 || y < 0 || x > width || y > height) continue;
    if (marker.matches(".waiting, .crowded")) continue;
    const unit = marker.matches(".unit");
    pen.beginPath();
    pen.arc(x, top + y, unit ? 6 : 2.5, 0, 7);
    pen.fillStyle = unit ? "#111" : "#444";
    pen.fill();
    pen.font = unit ? `bold 13px ${FONT}` : `11px ${FONT}`;
    const name = marker.querySelector(".name")?.textContent ?? "";
    const left = marker.matches(".left") || x + 9 + pen.measureText(name).width > width;
    halo(pen, name, left ? x - 9 - pen.measureText(name).width : x + 9, top + y + 4);
  }
}

function scaleBar(
  pen: CanvasRenderingContext2D,
  map: MapView,
  model: Model,
  right: number,
  y: number,
) {
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
  pen: CanvasRenderingContext2D,
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

function halo(pen: CanvasRenderingContext2D, text: string, x: number, y: number) {
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(255,255,255,0.9)";
  pen.strokeText(text, x, y);
  pen.fillStyle = "#111";
  pen.fillText(text, x, y);
}

function wrap(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
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
