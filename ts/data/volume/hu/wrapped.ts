import { type HuHistogram, huHistogram } from "./histogram.ts";
import { n, notHu } from "./not-hu.ts";
import { leastShifted, signature } from "./signature.ts";

/** What became of a signed number of 16 bits, and how it is undone. */
const accidents: readonly {
  readonly addHu: number | undefined;
  readonly undo: (value: number) => number;
  readonly why: string;
  readonly inverse: string;
}[] = [
  {
    addHu: undefined,
    undo: (value) => (value > 32767 ? value - 65536 : value),
    why: "negative HU wrapped round when they were cast to unsigned 16-bit numbers (uint16)",
    inverse: "Subtract 65536 from every voxel above 32767, or read the same bytes as int16.",
  },
  {
    addHu: -32768,
    undo: (value) => value - 32768,
    why: "32768 was added, as ImageJ exports signed 16-bit numbers",
    inverse: "Subtract 32768 from every voxel.",
  },
  {
    addHu: undefined,
    undo: (value) => (value < 0 ? value + 32768 : value - 32768),
    why: "32768 was added and the sum wrapped round in 16 bits",
    inverse: "Add 32768 to every voxel below 0, and subtract it from every other.",
  },
];

/** A wrap moves every negative voxel, or all of them, to the ends of 16 bits; metal and padding are fewer. */
const farHu = 28000;
const leastFar = 0.05;

/**
 * Refuses values near the ends of 16 bits that are HU once a wrap round is undone.
 *
 * @throws TomoeError `DATA_NOT_HU` with the inverse in the hint, and in `details.addHu` where it is one number.
 */
export function refuseWrapped(voxels: Int16Array | Float32Array, histogram: HuHistogram): void {
  const far = histogram.share(-(1 << 20), -farHu) + histogram.share(farHu, 1 << 20);
  if (far < leastFar) return;
  for (const { addHu, undo, why, inverse } of accidents) {
    const undone = Float32Array.from(voxels, undo);
    const found = signature(huHistogram(undone), 0);
    if (!leastShifted(found)) continue;
    throw notHu(
      histogram,
      "wrapped",
      `the values run from ${n(histogram.min)} to ${n(histogram.max)}: ${why}`,
      `${inverse} That puts air at ${n(found.airHu)} and soft tissue at ${n(found.tissueHu)} HU.`,
      addHu === undefined ? {} : { addHu },
    );
  }
}
