import { crc32, deflateSync } from "node:zlib";

/** 8-bit grey values, row by row from the top. */
export interface GreyImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const mark = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** The image as a PNG file of 8-bit grey, for an SVG to embed. */
export function greyPng({ pixels, width, height }: GreyImage): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // 8 bits of grey; compression, filter method and interlace are 0.
  head.writeUInt8(8, 8);
  // Each row begins with its filter: 0, none.
  const rows = Buffer.alloc(height * (width + 1));
  for (let row = 0; row < height; row++)
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  return Buffer.concat([
    mark,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The same as an address that an `<image>` can hold. */
export function greyDataUri(image: GreyImage): string {
  return `data:image/png;base64,${greyPng(image).toString("base64")}`;
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}
