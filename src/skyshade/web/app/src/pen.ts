// What a picture is drawn with: a canvas, or a pen that writes SVG and keeps words as words.

import { svg } from "./dom";

export type Pen = Pick<
  CanvasRenderingContext2D,
  | "font"
  | "fillStyle"
  | "strokeStyle"
  | "lineWidth"
  | "fillRect"
  | "fillText"
  | "strokeText"
  | "measureText"
  | "beginPath"
  | "arc"
  | "moveTo"
  | "lineTo"
  | "stroke"
  | "fill"
  | "setLineDash"
> & { drawImage(source: HTMLCanvasElement, x: number, y: number, w: number, h: number): void };

type Attributes = Record<string, string | number | undefined>;

/** The part of a canvas's pen that pictures use, as elements of an SVG. */
export class SvgPen implements Pen {
  font = "12px sans-serif";
  fillStyle: CanvasRenderingContext2D["fillStyle"] = "#000";
  strokeStyle: CanvasRenderingContext2D["strokeStyle"] = "#000";
  lineWidth = 1;
  private dash = "";
  private path = "";
  private readonly made: SVGElement[] = [];
  private readonly ruler = document.createElement("canvas").getContext("2d")!;

  fillRect(x: number, y: number, width: number, height: number) {
    this.add("rect", { x, y, width, height, fill: String(this.fillStyle) });
  }

  fillText(text: string, x: number, y: number) {
    this.write(text, x, y, { fill: String(this.fillStyle) });
  }

  strokeText(text: string, x: number, y: number) {
    this.write(text, x, y, {
      fill: "none",
      stroke: String(this.strokeStyle),
      "stroke-width": this.lineWidth,
      "stroke-linejoin": "round",
      "aria-hidden": "true", // a halo: the same words follow
    });
  }

  measureText(text: string) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  beginPath() {
    this.path = "";
  }

  /** A whole circle, which is all that pictures draw. */
  arc(x: number, y: number, r: number) {
    this.path += `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0`;
  }

  moveTo(x: number, y: number) {
    this.path += `M${x},${y}`;
  }

  lineTo(x: number, y: number) {
    this.path += `L${x},${y}`;
  }

  stroke() {
    this.add("path", {
      d: this.path,
      fill: "none",
      stroke: String(this.strokeStyle),
      "stroke-width": this.lineWidth,
      "stroke-dasharray": this.dash || undefined,
    });
  }

  fill() {
    this.add("path", { d: this.path, fill: String(this.fillStyle) });
  }

  setLineDash(dash: Iterable<number>) {
    this.dash = [...dash].join(" ");
  }

  drawImage(source: HTMLCanvasElement, x: number, y: number, width: number, height: number) {
    const href = source.toDataURL("image/png");
    this.add("image", { x, y, width, height, href });
  }

  /** The whole picture as a file. */
  text(width: number, height: number, title: string): string {
    const root = svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height },
      svg("title", {}, title),
      ...this.made,
    );
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
  }

  private write(text: string, x: number, y: number, more: Attributes) {
    const [, style, weight, size, family] =
      /^(italic )?(bold )?([\d.]+)px (.*)$/.exec(this.font) ?? [];
    this.made.push(
      svg(
        "text",
        {
          x,
          y,
          "font-family": family,
          "font-size": size,
          "font-weight": weight?.trim(),
          "font-style": style?.trim(),
          ...more,
        },
        text,
      ),
    );
  }

  private add(tag: "rect" | "path" | "image", attributes: Attributes) {
    this.made.push(svg(tag, attributes));
  }
}
