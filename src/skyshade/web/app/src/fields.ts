// Fields to type into. What makes no sense is named and stays in the field; nothing is set to the
// nearest value in silence.

import { alertReader, h } from "./dom";
import { FT_M, NM_M } from "./units";

export interface Field {
  element: HTMLLabelElement;
  input: HTMLInputElement;
  /** Why the field cannot be used as it stands; null if it can. */
  wrong: () => string | null;
  /** Show another value. */
  put: (value: number) => void;
}

const LENGTH = /^([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+))\s*(m|km|ft|nm|nmi|mi)?$/i;
const METRES: Record<string, number> = {
  m: 1,
  km: 1000,
  ft: FT_M,
  nm: NM_M,
  nmi: NM_M,
  mi: 1609.344,
};

/** Metres of a length as people write it, with a decimal point or comma; NaN if it is none.
 *
 * "1,500" may mean two things, and is none. */
export function parseLength(text: string): number {
  const [, digits, unit] = LENGTH.exec(text.trim()) ?? [];
  if (!digits || /^[1-9]\d{0,2},\d{3}$/.test(digits)) return Number.NaN;
  return Number(digits.replace(",", ".")) * METRES[(unit ?? "m").toLowerCase()];
}

/** The number typed with a decimal point or comma; NaN if it is none. */
export const parseNumber = (text: string): number =>
  /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/.test(text.trim())
    ? Number(text.trim().replace(",", "."))
    : Number.NaN;

interface Asked {
  label: string;
  value: number;
  low: number;
  high: number;
  /** What is allowed, in words: "a whole number from 1 to 400". */
  allowed: string;
  read: (text: string) => number;
  write: (value: number) => string;
  set: (value: number) => void;
  after?: string;
  testid?: string;
  id?: string;
  /** A field that may be left empty then means this. */
  empty?: number;
}

/** A field with what is typed in it read, checked and, if it is good, handed on. */
export function field(asked: Asked): Field {
  const input = h("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    size: 7,
    value: asked.write(asked.value),
    "data-testid": asked.testid,
    id: asked.id,
  });
  const typed = () =>
    input.value.trim() === "" && asked.empty !== undefined ? asked.empty : asked.read(input.value);
  const wrong = () => {
    const value = typed();
    if (value >= asked.low && value <= asked.high) return null;
    return `${asked.label}: ${asked.allowed}, not ${input.value.trim() || "nothing"}.`;
  };
  input.onchange = () => {
    const said = wrong();
    input.setAttribute("aria-invalid", String(said !== null));
    alertReader(said);
    if (said === null) asked.set(typed());
  };
  return {
    element: h("label", {}, h("span", {}, asked.label), input, asked.after && ` ${asked.after}`),
    input,
    wrong,
    put: (value) => {
      if (document.activeElement === input) return; // someone is typing
      input.value = asked.write(value);
      input.setAttribute("aria-invalid", "false");
    },
  };
}

/** A whole number. */
export const wholeField = (
  asked: Pick<Asked, "label" | "value" | "low" | "high" | "set" | "after" | "testid" | "id">,
): Field =>
  field({
    ...asked,
    allowed: `a whole number from ${asked.low} to ${asked.high}`,
    read: (text) => {
      const value = parseNumber(text);
      return Number.isInteger(value) ? value : Number.NaN;
    },
    write: String,
  });

/** The first thing that is wrong with some fields, said to the reader; true if nothing is. */
export function sound(fields: Field[]): boolean {
  const bad = fields.find((f) => f.wrong() !== null);
  if (!bad) return true;
  alertReader(bad.wrong());
  bad.input.focus();
  return false;
}
