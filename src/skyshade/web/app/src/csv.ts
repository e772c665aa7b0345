// Numbers behind what is shown, as a table that any program reads.

import { h } from "./dom";

export type Row = Record<string, string | number | null>;

const FORMULA = /^[=+\-@\t\r]/; // a text that a spreadsheet would take for a formula

/** Comma-separated values with a heading; the same rules as in skyshade.files.write_csv. */
export function csv(rows: Row[]): string {
  const cell = (value: string | number | null) => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = FORMULA.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const heads = Object.keys(rows[0] ?? {});
  return [heads, ...rows.map((row) => heads.map((key) => row[key]))]
    .map((cells) => `${cells.map(cell).join(",")}\n`)
    .join("");
}

/** Let the reader keep something as a file. */
export function keep(data: Blob, name: string) {
  const link = h("a", { href: URL.createObjectURL(data), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const keepCsv = (rows: Row[], name: string) =>
  keep(new Blob([csv(rows)], { type: "text/csv" }), `${name}.csv`);

/** A button that keeps the table behind what stands beside it. */
export const csvButton = (name: string, rows: () => Row[]): HTMLElement =>
  h(
    "button",
    {
      type: "button",
      class: "small",
      "data-testid": `csv-${name}`,
      onclick: () => keepCsv(rows(), name),
    },
    "Data (CSV)",
  );
