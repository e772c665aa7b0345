// Binary answers: a JSON head and arrays on the lattice; laid out as skyshade.web.lattice.frame says.

export const OUTSIDE = 65535;
export const UNKNOWN = 65534;
export const NEVER = 65533;
export const OFFSET_M = 500;
export const NO_GROUND = -32768;

export interface Grid<A extends Uint16Array | Int16Array = Uint16Array> {
  col: number;
  row: number;
  columns: number;
  rows: number;
  values: A;
}

interface Head {
  arrays: {
    name: string;
    dtype: string;
    window: [number, number, number, number];
    offset: number;
  }[];
  [more: string]: unknown;
}

export interface Frame {
  head: Head;
  grids: Record<string, Grid<Uint16Array | Int16Array>>;
}

export function readFrame(data: ArrayBuffer): Frame {
  const size = new DataView(data).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, size))) as Head;
  const grids: Frame["grids"] = {};
  for (const { name, dtype, window, offset } of head.arrays) {
    const [col, row, columns, rows] = window;
    const n = columns * rows;
    const values =
      dtype === "int16" ? new Int16Array(data, offset, n) : new Uint16Array(data, offset, n);
    grids[name] = { col, row, columns, rows, values };
  }
  return { head, grids };
}
