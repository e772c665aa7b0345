// The map as a picture for an article: title, legend, scale bar, north, date, citation.

import { atText, nearestAltitude } from "./controls";
import type { MapView } from "./map";
import type { Model } from "./model";
import { COUNTS, ENGAGE, GAINED, LOST, REACH, rgb } from "./palette";
import { distance } from "./units";

const PAD = 24;
const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";

export function pictureOf(
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
  const small = `${model.case_.note} ${bordersNote} ${model.case_.citation}`;
  pen.font = `12px ${FONT}`;
  const notes = wrap(pen, small, width - 2 * PAD);
  pen.font = `15px ${FONT}`;
  const lines = wrap(pen, headline, width - 2 * PAD);
  const top = PAD + 30 + lines.length * 20 + 10;
  const bottom = 44 + notes.length * 16 + PAD;
  out.width = width * ratio;
  out.height = (top + source.clientHeight + bottom) * ratio;
  pen.scale(ratio, ratio);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, out.height);
  pen.fillStyle = "#111";
  pen.font = `bold 20px ${FONT}`;
  pen.fillText(`${model.case_.title}, ${model.choices.date}`, PAD, PAD + 14);
  pen.font = `15px ${FONT}`;
  for (const [i, line] of lines.entries()) pen.fillText(line, PAD, PAD + 40 + i * 20);
  pen.drawImage(source, 0, top, width, source.clientHeight);
  labels(pen, map, top, width, source.clientHeight);
  scaleBar(pen, map, model, width - PAD, top + source.clientHeight - 18);
  pen.font = `bold 16px ${FONT}`;
  halo(pen, "N ↑", width - PAD - 30, top + 28);
  legend(pen, model, PAD, top + source.clientHeight + 24);
  pen.font = `12px ${FONT}`;
  pen.fillStyle = "#444";
  for (const [i, line] of notes.entries())
    pen.fillText(line, PAD, top + source.clientHeight + 58 + i * 16);
  return out;
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

/** Colour and meaning of everything that the map shows. */
export function legendOf(model: Model): [string, string][] {
  const { kind, k, diff } = model.choices;
  const ring: [string, string] = ["#1a1a1a", "nominal ring (the circle of the press)"];
  if (kind === "reach")
    return [[REACH, `first intercept, target at ${nearestAltitude(model).label}`], ring];
  if (diff) return [[GAINED, "gained"], [LOST, "lost"], ["#8296aa", "as before"], ring];
  const shades = kind === "engageable" ? ENGAGE : COUNTS;
  const what = kind === "engageable" ? "engageable by" : "visible to";
  const n = Math.min(Math.max(model.serving().length - k + 1, 1), 3);
  return [
    ...shades
      .slice(0, n)
      .map((c, i): [string, string] => [
        rgb(c),
        `${i ? "" : `${what} `}${k + i}${i === n - 1 && model.serving().length > k + i ? " or more" : ""}`,
      ]),
    ring,
  ];
}

function labels(
  pen: CanvasRenderingContext2D,
  map: MapView,
  top: number,
  width: number,
  height: number,
) {
  for (const marker of document.querySelectorAll<HTMLElement>("#map .unit, #map .place.city")) {
    const box = marker.getBoundingClientRect();
    const home = map.gl.getContainer().getBoundingClientRect();
    const x = box.left + box.width / 2 - home.left;
    const y = box.top + box.height / 2 - home.top;
    if (x < 0 || y < 0 || x > width || y > height || marker.classList.contains("waiting")) continue;
    const unit = marker.classList.contains("unit");
    pen.beginPath();
    pen.arc(x, top + y, unit ? 6 : 2.5, 0, 7);
    pen.fillStyle = unit ? "#111" : "#444";
    pen.fill();
    pen.font = unit ? `bold 13px ${FONT}` : `11px ${FONT}`;
    halo(pen, marker.querySelector(".name")?.textContent ?? "", x + 9, top + y + 4);
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

function legend(pen: CanvasRenderingContext2D, model: Model, x: number, y: number) {
  pen.font = `13px ${FONT}`;
  for (const [colour, text] of legendOf(model)) {
    pen.fillStyle = colour;
    if (text.startsWith("nominal")) pen.fillRect(x, y - 6, 16, 2);
    else pen.fillRect(x, y - 11, 16, 12);
    pen.fillStyle = "#111";
    pen.fillText(text, x + 22, y);
    x += pen.measureText(text).width + 44;
  }
  pen.fillText(`target ${atText(model.choices.at, model.choices.units)}`, x, y);
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
