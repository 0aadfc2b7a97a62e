// Reads PNG files for tests, independently of what wrote them.
import { inflateSync } from "node:zlib";

export interface DecodedPng {
  readonly width: number;
  readonly height: number;
  /** Bytes of a pixel: 1 for grey, 4 for colour with alpha. */
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/** The pixels of an 8-bit PNG, grey or RGBA, without interlace; checks order and lengths of its chunks. */
export function decodePng(file: Uint8Array): DecodedPng {
  const bytes = Buffer.from(file);
  if (bytes.toString("latin1", 0, 8) !== "\x89PNG\r\n\x1a\n") throw new Error("no PNG");
  const names: string[] = [];
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString("latin1", at + 4, at + 8);
    names.push(name);
    if (name === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  if (names[0] !== "IHDR" || names.at(-1) !== "IEND") throw new Error(`chunks ${names.join(" ")}`);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const channels = bytes[25] === 0 ? 1 : bytes[25] === 6 ? 4 : Number.NaN;
  const pixels = unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
  return { width, height, channels, pixels };
}

function unfiltered(raw: Buffer, rowBytes: number, height: number, channels: number): Uint8Array {
  if (raw.length !== height * (rowBytes + 1)) throw new Error(`${raw.length} bytes of pixels`);
  const out = new Uint8Array(height * rowBytes);
  for (let row = 0; row < height; row++)
    for (let at = 0; at < rowBytes; at++) {
      const here = row * rowBytes + at;
      const left = at < channels ? 0 : (out[here - channels] ?? 0);
      const up = row === 0 ? 0 : (out[here - rowBytes] ?? 0);
      const corner = row === 0 || at < channels ? 0 : (out[here - rowBytes - channels] ?? 0);
      const add = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][raw[row * (rowBytes + 1)] ?? 9];
      if (add === undefined) throw new Error("a filter that there is not");
      out[here] = (raw[row * (rowBytes + 1) + 1 + at] ?? 0) + add;
    }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
