// Data sets of known truth: answers that are right or wrong, several a patient, with a patient's own luck.
import { seededUniform } from "../../ts/eval/index.ts";
import type { Totals } from "../../ts/eval/interval/clusters.ts";

export interface Cell {
  /** Share of right answers in the long run. */
  readonly p: number;
  readonly patients: number;
  /** Correlation of two answers of one patient. */
  readonly icc: number;
}

/** A draw of the beta distribution with mean p and this correlation, by the ratio of two gamma draws. */
function patientsShare({ p, icc }: Cell, uniform: () => number): number {
  if (icc === 0) return p;
  const size = 1 / icc - 1;
  const right = gamma(p * size, uniform),
    wrong = gamma((1 - p) * size, uniform);
  // Shapes far below 1 can leave both at 0 by underflow: then one of the two ends was drawn.
  return right + wrong === 0 ? (uniform() < p ? 1 : 0) : right / (right + wrong);
}

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Marsaglia and Tsang's gamma draw. */
function gamma(shape: number, uniform: () => number): number {
  if (shape < 1) return gamma(shape + 1, uniform) * (1 - uniform()) ** (1 / shape);
  const d = shape - 1 / 3,
    c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(uniform),
      v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** One data set: 3 to 7 questions a patient. */
export function simulated(cell: Cell, uniform: () => number): Totals {
  const sums = new Float64Array(cell.patients),
    counts = new Float64Array(cell.patients);
  for (let patient = 0; patient < cell.patients; patient += 1) {
    const share = patientsShare(cell, uniform),
      items = 3 + Math.floor(uniform() * 5);
    counts[patient] = items;
    for (let item = 0; item < items; item += 1)
      if (uniform() < share) sums[patient] = (sums[patient] ?? 0) + 1;
  }
  return { sums, counts };
}

/** Every cell of a table, with a share for each. */
export function table(
  cells: readonly Cell[],
  sets: number,
  isSo: (totals: Totals, cell: Cell) => boolean,
): readonly (Cell & { readonly share: number })[] {
  return cells.map((cell, at) => {
    const uniform = seededUniform(1000 + at);
    let count = 0;
    for (let set = 0; set < sets; set += 1) if (isSo(simulated(cell, uniform), cell)) count += 1;
    return { ...cell, share: count / sets };
  });
}

/** The cells of the table of coverage. */
export const cells: readonly Cell[] = [0.5, 0.75, 0.9, 0.97].flatMap((p) =>
  [5, 10, 20, 60, 160].flatMap((patients) => [0, 0.3, 0.6].map((icc) => ({ p, patients, icc }))),
);
