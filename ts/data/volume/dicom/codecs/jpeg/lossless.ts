import { CodecRefusal } from "../port.ts";
import type { BitReader, HuffmanTable } from "./bits.ts";
import type { FrameHeader, ScanHeader } from "./segments.ts";

/** Guess of a sample from its left, upper and upper left neighbour, by number. */
const predictors: readonly (((a: number, b: number, c: number) => number) | undefined)[] = [
  undefined,
  (a) => a,
  (_, b) => b,
  (_a, _b, c) => c,
  (a, b, c) => a + b - c,
  (a, b, c) => a + ((b - c) >> 1),
  (a, b, c) => b + ((a - c) >> 1),
  (a, b) => (a + b) >> 1,
];

/**
 * Decodes the one scan of a lossless frame.
 *
 * @param restartInterval - samples between restart markers, whole rows; 0 for none.
 * @param out - receives width x height samples.
 * @throws CodecRefusal for a predictor or point transform that no process has, or data that ends early.
 * @see ISO/IEC 10918-1 annex H
 */
export function decodeLossless(
  bits: BitReader,
  frame: FrameHeader,
  scan: ScanHeader,
  table: HuffmanTable | undefined,
  restartInterval: number,
  out: Uint16Array,
): void {
  const { width, height } = frame;
  const predict = predictors[scan.from];
  if (predict === undefined)
    throw new CodecRefusal(`the lossless scan has predictor ${scan.from}; 1 to 7 are known`);
  if (table === undefined) throw new CodecRefusal("a scan names a Huffman table that is not there");
  if (scan.low >= frame.bits)
    throw new CodecRefusal(`the point transform takes ${scan.low} of ${frame.bits} bits`);
  if (restartInterval % width !== 0)
    throw new CodecRefusal(
      `a restart interval of ${restartInterval} samples is no number of rows of ${width}`,
    );
  const rowsBetween = restartInterval / width;
  const first = 1 << (frame.bits - scan.low - 1);
  let restarts = 0;
  for (let row = 0; row < height; row++) {
    const fresh = row === 0 || (rowsBetween > 0 && row % rowsBetween === 0);
    if (fresh && row > 0) bits.restart(restarts++);
    const at = row * width;
    for (let column = 0; column < width; column++) {
      const left = out[at + column - 1] ?? 0;
      const above = out[at + column - width] ?? 0;
      let guess: number;
      if (fresh) guess = column === 0 ? first : left;
      else guess = column === 0 ? above : predict(left, above, out[at + column - width - 1] ?? 0);
      const size = bits.symbol(table);
      if (size > 16) throw new CodecRefusal("a difference has more than 16 bits");
      // Size 16 stands for 32768 alone and is followed by no bits.
      out[at + column] = guess + (size === 16 ? 32768 : bits.difference(size));
    }
  }
  if (scan.low > 0) for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) << scan.low;
}
