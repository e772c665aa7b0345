// Small line charts as SVG: axes with units, bands, and a sentence for those who cannot see them.

import { svg } from "./dom";

export interface Series {
  x: number[];
  y: (number | null)[];
  colour: string;
  width?: number;
  dash?: string;
  label?: string;
}

export interface Band {
  x: number[];
  low: number[];
  high: number[];
  colour: string;
  opacity: number;
}

export interface Chart {
  title: string;
  xLabel: string;
  yLabel: string;
  series: Series[];
  bands?: Band[];
  x: [number, number];
  y: [number, number];
  xTicks?: number[];
  xTick?: (x: number) => string;
  yTick?: (y: number) => string;
  marks?: { x: number; label: string }[];
}

const W = 360;
const H = 210;
const BOX = { left: 60, right: 12, top: 12, bottom: 38 };

/** Round numbers that divide a range in about n parts. */
export function ticks(low: number, high: number, n = 5): number[] {
  const raw = (high - low) / n;
  if (!(raw > 0)) return [low];
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * base).find((k) => k >= raw)!;
  const found: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    found.push(Math.round(k * step * 1e9) / 1e9 || 0);
  }
  return found;
}

export function chart(c: Chart): SVGSVGElement {
  const sx = (x: number) =>
    BOX.left + ((x - c.x[0]) / (c.x[1] - c.x[0] || 1)) * (W - BOX.left - BOX.right);
  const sy = (y: number) =>
    H - BOX.bottom - ((y - c.y[0]) / (c.y[1] - c.y[0] || 1)) * (H - BOX.top - BOX.bottom);
  const root = svg("svg", { viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img" });
  root.append(svg("title", {}, c.title));
  for (const y of ticks(...c.y)) {
    root.append(
      svg("line", { x1: BOX.left, x2: W - BOX.right, y1: sy(y), y2: sy(y), class: "grid" }),
      svg(
        "text",
        { x: BOX.left - 5, y: sy(y) + 4, "text-anchor": "end" },
        c.yTick?.(y) ?? y.toLocaleString("en"),
      ),
    );
  }
  for (const x of c.xTicks ?? ticks(...c.x)) {
    root.append(
      svg("line", {
        x1: sx(x),
        x2: sx(x),
        y1: H - BOX.bottom,
        y2: H - BOX.bottom + 4,
        class: "axis",
      }),
      svg(
        "text",
        { x: sx(x), y: H - BOX.bottom + 16, "text-anchor": "middle" },
        c.xTick?.(x) ?? x.toLocaleString("en"),
      ),
    );
  }
  root.append(
    svg("line", {
      x1: BOX.left,
      x2: W - BOX.right,
      y1: H - BOX.bottom,
      y2: H - BOX.bottom,
      class: "axis",
    }),
    svg("text", { x: (BOX.left + W - BOX.right) / 2, y: H - 5, "text-anchor": "middle" }, c.xLabel),
    svg(
      "text",
      {
        x: 12,
        y: (H - BOX.bottom) / 2,
        "text-anchor": "middle",
        transform: `rotate(-90 12 ${(H - BOX.bottom) / 2})`,
      },
      c.yLabel,
    ),
  );
  for (const b of c.bands ?? []) {
    const there = b.x.map((x, i) => `${sx(x)},${sy(b.high[i])}`);
    const back = b.x.map((x, i) => `${sx(x)},${sy(b.low[i])}`).reverse();
    root.append(
      svg("polygon", { points: [...there, ...back].join(" "), fill: b.colour, opacity: b.opacity }),
    );
  }
  for (const s of c.series) {
    let path = "";
    let pen = false;
    s.x.forEach((x, i) => {
      const y = s.y[i];
      if (y === null) pen = false;
      else {
        path += `${pen ? "L" : "M"}${sx(x).toFixed(1)},${sy(Math.min(y, c.y[1])).toFixed(1)}`;
        pen = true;
      }
    });
    root.append(
      svg("path", {
        d: path,
        fill: "none",
        stroke: s.colour,
        "stroke-width": s.width ?? 2,
        "stroke-dasharray": s.dash,
      }),
    );
  }
  for (const m of c.marks ?? []) {
    root.append(
      svg("line", { x1: sx(m.x), x2: sx(m.x), y1: BOX.top, y2: H - BOX.bottom, class: "mark" }),
      svg("text", { x: sx(m.x) + 3, y: BOX.top + 9 }, m.label),
    );
  }
  return root;
}
