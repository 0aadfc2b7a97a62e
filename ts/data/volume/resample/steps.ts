/** Steps that differ by this share, or by what one decimal of a position rounds, are one spacing. */
const sameShare = 0.01;
const roundedMm = 0.11;
const roundedShare = 0.088;
/** Steps in a row from which they are a block with a spacing of its own; fewer are a gap or a slip. */
const leastBlock = 3;
/** A step this many times as long as those beside it leaves slices out. */
const gapRatio = 1.5;
/** A ratio this near a whole number is one. */
const wholeNear = 0.05;

/** The step that most neighbours lie apart. */
export interface CommonestStep {
  /** Mean of the steps that are alike. */
  readonly mm: number;
  readonly count: number;
}

/** Steps in a row of one spacing. */
interface Run {
  readonly first: number;
  readonly count: number;
  readonly mm: number;
}

/** Two neighbours with slices missing between them. */
export interface MissingSlices {
  /** Index of the lower one. */
  readonly index: number;
  readonly stepMm: number;
  /** What the slices beside it step. */
  readonly usualMm: number;
}

/** Distances of neighbours in an ascending list. */
export function stepsOf(along: readonly number[]): readonly number[] {
  return along.slice(1).map((place, index) => place - (along[index] ?? 0));
}

/** Whether two steps are of one spacing. */
export function sameStep(a: number, b: number): boolean {
  const most = Math.max(a, b);
  return Math.abs(a - b) <= Math.max(sameShare * most, Math.min(roundedMm, roundedShare * most));
}

/**
 * The commonest step; of several as common the one nearest the median, then the smaller, which loses less.
 *
 * @param steps - at least one, in mm.
 */
export function commonestStep(steps: readonly number[]): CommonestStep {
  const sorted = steps.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  let best: CommonestStep = { mm: median, count: 0 };
  for (const step of sorted) {
    const alike = sorted.filter((other) => sameStep(step, other));
    const mm = alike.reduce((sum, one) => sum + one, 0) / alike.length;
    const nearer = Math.abs(mm - median) < Math.abs(best.mm - median) - 1e-9;
    if (alike.length > best.count || (alike.length === best.count && nearer))
      best = { mm, count: alike.length };
  }
  return best;
}

/** Index of the first slice of the longest row of steps of this length. */
export function longestBlock(steps: readonly number[], mm: number): number {
  const like = runsOf(steps).filter((run) => sameStep(run.mm, mm));
  return like.toSorted((a, b) => b.count - a.count || a.first - b.first)[0]?.first ?? 0;
}

/**
 * The first place where slices are missing: a step half as long again as the blocks beside it, or a block of a whole
 * multiple of the commonest step whose slices are no thicker.
 *
 * @param thicknesses - mm of each slice, where it states any.
 * @returns undefined for steps that merely vary.
 */
export function missingSlices(
  along: readonly number[],
  thicknesses: readonly (number | undefined)[],
): MissingSlices | undefined {
  const steps = stepsOf(along);
  if (steps.length === 0) return undefined;
  const commonest = commonestStep(steps);
  const runs = runsOf(steps);
  const blocks = runs.filter(({ count }) => count >= leastBlock);
  const usual = blocks.find(({ mm }) => sameStep(mm, commonest.mm));
  const thick = (run: Run | undefined): number | undefined =>
    run === undefined ? undefined : thicknesses[run.first + 1];
  for (const run of runs) {
    const gap = { index: run.first, stepMm: run.mm };
    if (run.count >= leastBlock) {
      const ratio = run.mm / commonest.mm;
      const whole = Math.round(ratio) >= 2 && Math.abs(ratio - Math.round(ratio)) <= wholeNear;
      const thicker = (thick(run) ?? 0) >= gapRatio * (thick(usual) ?? Number.POSITIVE_INFINITY);
      if (whole && !thicker) return { ...gap, usualMm: commonest.mm };
      continue;
    }
    const before = blocks.findLast(({ first }) => first < run.first);
    const after = blocks.find(({ first }) => first > run.first);
    const beside = Math.max(before?.mm ?? 0, after?.mm ?? 0) || commonest.mm;
    if (run.mm >= gapRatio * beside) return { ...gap, usualMm: beside };
  }
  return undefined;
}

function runsOf(steps: readonly number[]): readonly Run[] {
  const runs: { first: number; count: number; mm: number }[] = [];
  steps.forEach((step, index) => {
    const last = runs.at(-1);
    if (last === undefined || !sameStep(last.mm, step)) runs.push({ first: index, count: 1, mm: step });
    else {
      last.mm = (last.mm * last.count + step) / (last.count + 1);
      last.count++;
    }
  });
  return runs;
}
