// The resolution of a PNG, which a canvas does not write: a chunk pHYs after the head (PNG, Third
// Edition, 11.3.4.3).

const HEAD = 8 + 25; // signature, and IHDR with its length, name and checksum

/** CRC-32 as PNG's annex D has it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The chunk that says how many dots there are to a metre, in both directions. */
export function resolutionChunk(dpi: number): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(21);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 9);
  chunk.set(new TextEncoder().encode("pHYs"), 4);
  const perMetre = Math.round(dpi / 0.0254);
  view.setUint32(8, perMetre);
  view.setUint32(12, perMetre);
  chunk[16] = 1; // the unit is the metre
  view.setUint32(17, crc32(chunk.subarray(4, 17)));
  return chunk;
}

export async function withResolution(png: Blob, dpi: number): Promise<Blob> {
  return new Blob([png.slice(0, HEAD), resolutionChunk(dpi), png.slice(HEAD)], {
    type: "image/png",
  });
}
