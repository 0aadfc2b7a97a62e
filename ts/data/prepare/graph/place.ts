import type { TripleDHW } from "../../../schema/volume.ts";
import type { Box } from "../sample/foreground.ts";
import type { Lines } from "../sample/lines.ts";

/** Where a box comes to lie in an array of another size: what of it is taken, and what lies before it there. */
export interface Placement {
  readonly box: Box;
  readonly before: TripleDHW;
}

/**
 * The middle of a box in the middle of an array: cut where it is longer, padded where it is shorter.
 *
 * An odd voxel too many or too few is at the end, as in MONAI's ResizeWithPadOrCrop.
 */
export function inTheMiddle({ start, size }: Box, wanted: TripleDHW): Placement {
  const along = (
    axis: 0 | 1 | 2,
  ): { readonly from: number; readonly taken: number; readonly before: number } => {
    const [have, want] = [size[axis], wanted[axis]];
    const cut = Math.max(0, Math.floor(have / 2) - Math.floor(want / 2));
    return have > want
      ? { from: start[axis] + cut, taken: want, before: 0 }
      : { from: start[axis], taken: have, before: Math.floor((want - have) / 2) };
  };
  const [d, h, w] = [along(0), along(1), along(2)];
  return {
    box: { start: [d.from, h.from, w.from], size: [d.taken, h.taken, w.taken] },
    before: [d.before, h.before, w.before],
  };
}

/**
 * Copies what a placement takes to where it lies.
 *
 * @param out - filled with what pads; receives size D*H*W; int16 gets the nearest whole number, halves upward.
 */
export function placed(
  lines: Lines,
  { box, before }: Placement,
  size: TripleDHW,
  out: Int16Array | Float32Array,
): void {
  const line = new Float32Array(box.size[2]);
  const isRounded = out.BYTES_PER_ELEMENT === 2;
  for (let d = 0; d < box.size[0]; d++)
    for (let h = 0; h < box.size[1]; h++) {
      lines.line(box.start[0] + d, box.start[1] + h, box.start[2], line);
      const to = ((before[0] + d) * size[1] + before[1] + h) * size[2] + before[2];
      if (isRounded) for (let w = 0; w < line.length; w++) out[to + w] = Math.floor((line[w] ?? 0) + 0.5);
      else out.set(line, to);
    }
}
