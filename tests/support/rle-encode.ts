// RLE Lossless of PS3.5 annex G, written for tests: literal runs and repeats, one segment a byte plane.

/** The segments of a picture, high byte first. */
export function rleSegments(samples: ArrayLike<number>, planes: 1 | 2): readonly Buffer[] {
  return Array.from({ length: planes }, (_, plane) => {
    const shift = 8 * (planes - 1 - plane);
    return packBits(Uint8Array.from(samples, (sample) => (sample >> shift) & 0xff));
  });
}

/** A frame of these segments, each padded to an even length. */
export function rleFrame(segments: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(segments.length);
  const padded = segments.map((bytes) => Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]));
  let at = 64;
  padded.forEach((bytes, index) => {
    header.writeUInt32LE(at, 4 * (index + 1));
    at += bytes.length;
  });
  return Buffer.concat([header, ...padded]);
}

function packBits(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    let run = 1;
    while (run < 128 && bytes[at + run] === bytes[at]) run += 1;
    if (run > 1) out.push(257 - run, bytes[at] ?? 0);
    else out.push(0, bytes[at] ?? 0);
    at += run;
  }
  return Buffer.from(out);
}
