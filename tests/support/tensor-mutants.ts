/** Damaged copies of an Arrow file, as patches that another process can make again. */

/** Bytes to put at a place, as hex; then the file cut or filled with zeros to `length`. */
export interface Mutant {
  readonly patches: readonly (readonly [at: number, hex: string])[];
  readonly length: number;
}

/** The bytes of a mutant, in a buffer of their own. */
export function mutate(bytes: Uint8Array, { patches, length }: Mutant): Uint8Array<ArrayBuffer> {
  const changed = Uint8Array.from(bytes);
  for (const [at, hex] of patches) changed.set(Buffer.from(hex, "hex"), at);
  const whole = new Uint8Array(length);
  whole.set(changed.subarray(0, length));
  return whole;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function word(value: number, bytes: 2 | 4 | 8): string {
  const out = Buffer.alloc(bytes);
  if (bytes === 2) out.writeUInt16LE(value & 0xffff);
  else out.writeUInt32LE(value >>> 0);
  return hexOf(out);
}

/** Where the file differs from its metadata: bytes of a long run of data are not worth a mutant each. */
function isData(at: number, data: readonly (readonly [number, number])[]): boolean {
  return data.some(([from, to]) => at >= from + 16 && at < to - 16);
}

/**
 * Every kind of damage that is one step from a good file: a bit, a byte of JSON, a count or offset of 2, 4 or
 * 8 bytes, two neighbours swapped, the file cut or longer; and a seeded draw of files with two to four of
 * these at once.
 *
 * @param data - byte ranges that hold voxels; of those only the ends are touched.
 */
export function mutantsOf(bytes: Uint8Array, data: readonly (readonly [number, number])[]): Mutant[] {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const places = Array.from({ length }, (_, at) => at).filter((at) => !isData(at, data));
  const one = (at: number, hex: string): Mutant => ({ patches: [[at, hex]], length });
  const bits = places.flatMap((at) =>
    Array.from({ length: 8 }, (_, bit) => one(at, hexOf(Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit))))),
  );
  const json = places
    .filter((at) => (bytes[at] ?? 0) >= 0x20 && (bytes[at] ?? 0) < 0x7f)
    .flatMap((at) => Array.from(' "[]{},:.eE-+01\\/\t', (mark) => one(at, hexOf(Buffer.from(mark)))));
  const words = places
    .filter((at) => at % 4 === 0 && at + 4 <= length)
    .flatMap((at) => {
      const value = view.getUint32(at, true);
      return [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, value - 8, value - 4, value - 1, value + 1]
        .concat([value + 2, value + 4, value + 8, value * 2])
        .map((other) => one(at, word(other, 4)));
    });
  const shorts = places
    .filter((at) => at % 2 === 0 && at + 2 <= length)
    .flatMap((at) => [-4, -2, -1, 1, 2, 4].map((step) => one(at, word(view.getUint16(at, true) + step, 2))));
  const swaps = [2, 4, 8].flatMap((size) =>
    places
      .filter((at) => at % size === 0 && at + 2 * size <= length)
      .map((at) =>
        one(at, hexOf(bytes.subarray(at + size, at + 2 * size)) + hexOf(bytes.subarray(at, at + size))),
      ),
  );
  const lengths = [...places, length + 1, length + 4, length + 8, length + 64].map(
    (cut): Mutant => ({ patches: [], length: cut }),
  );
  const single = [...bits, ...json, ...words, ...shorts, ...swaps];
  return [...single, ...lengths, ...several(single, length)];
}

/** Files with two to four damages at once, by a fixed linear congruential sequence. */
function several(single: readonly Mutant[], length: number): Mutant[] {
  let state = 20_261_124;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: 2000 }, () => ({
    patches: Array.from({ length: 2 + next(3) }, () => single[next(single.length)]?.patches ?? []).flat(),
    length,
  }));
}
