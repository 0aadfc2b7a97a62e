// Taken once: a look-up on the global object costs more than the arithmetic where a host wraps it (test
// runners do).
const { exp, sqrt, max, floor } = Math;

/**
 * Classes of the regression; the loops below are written out for four, since they are what training time goes
 * to.
 */
export const regressionClasses = 4;

/**
 * Rows of a sparse matrix: row i holds the columns `columns[starts[i]]` up to `columns[starts[i + 1]]` with
 * their values.
 */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

export interface RegressionOptions {
  readonly columns: number;
  /** Passes over all rows. */
  readonly epochs: number;
  readonly learningRate: number;
  /** Pull of every weight towards 0, per step. */
  readonly decay: number;
}

/**
 * Packs rows as they are written.
 *
 * @param count - number of rows.
 * @param capacity - columns of all rows together, at most.
 * @param write - writes one row by `push`.
 */
export function packRows(
  count: number,
  capacity: number,
  write: (row: number, push: (column: number, value: number) => void) => void,
): SparseRows {
  const rows = {
    starts: new Int32Array(count + 1),
    columns: new Int32Array(capacity),
    values: new Float64Array(capacity),
  };
  let at = 0;
  const push = (column: number, value: number): void => {
    rows.columns[at] = column;
    rows.values[at] = value;
    at += 1;
  };
  for (let row = 0; row < count; row++) {
    write(row, push);
    rows.starts[row + 1] = at;
  }
  return rows;
}

/**
 * Scores of one row, one a class: the sum of its columns' weights (columns x classes), without normalisation;
 * written into `scores`.
 */
export function scoreRow(
  weights: Float64Array,
  rows: SparseRows,
  row: number,
  scores = new Float64Array(regressionClasses),
): Float64Array {
  let a = 0,
    b = 0,
    c = 0,
    d = 0;
  const to = rows.starts[row + 1] ?? 0;
  for (let at = rows.starts[row] ?? 0; at < to; at++) {
    const slot = (rows.columns[at] ?? 0) * regressionClasses;
    const value = rows.values[at] ?? 0;
    a += (weights[slot] ?? 0) * value;
    b += (weights[slot + 1] ?? 0) * value;
    c += (weights[slot + 2] ?? 0) * value;
    d += (weights[slot + 3] ?? 0) * value;
  }
  scores[0] = a;
  scores[1] = b;
  scores[2] = c;
  scores[3] = d;
  return scores;
}

/** Turns scores into probabilities in place, at a temperature above 0. */
export function softmax(scores: Float64Array, temperature: number): Float64Array {
  let highest = scores[0] ?? 0;
  for (const score of scores) highest = max(highest, score);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    const power = exp(((scores[k] ?? 0) - highest) / temperature);
    scores[k] = power;
    sum += power;
  }
  for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] ?? 0) / sum;
  return scores;
}

/** A stride that visits every one of `count` rows once, far from the order they are written in. */
function coprimeStride(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = max(1, floor(count * 0.618));
  while (divisor(stride, count) !== 1) stride += 1;
  return stride;
}

/** One gradient step on a row: `errors` is the gradient of the loss by its scores. */
function stepRow(
  weights: Float64Array,
  squares: Float64Array,
  rows: SparseRows,
  row: number,
  errors: Float64Array,
  options: RegressionOptions,
): void {
  const a = errors[0] ?? 0,
    b = errors[1] ?? 0,
    c = errors[2] ?? 0,
    d = errors[3] ?? 0;
  const size = a * a + b * b + c * c + d * d;
  const to = rows.starts[row + 1] ?? 0;
  for (let at = rows.starts[row] ?? 0; at < to; at++) {
    const column = rows.columns[at] ?? 0;
    const value = rows.values[at] ?? 0;
    const square = (squares[column] ?? 0) + size * value * value;
    squares[column] = square;
    const rate = options.learningRate / sqrt(square);
    const keep = 1 - rate * options.decay;
    const step = rate * value;
    const slot = column * regressionClasses;
    weights[slot] = (weights[slot] ?? 0) * keep - step * a;
    weights[slot + 1] = (weights[slot + 1] ?? 0) * keep - step * b;
    weights[slot + 2] = (weights[slot + 2] ?? 0) * keep - step * c;
    weights[slot + 3] = (weights[slot + 3] ?? 0) * keep - step * d;
  }
}

/**
 * Fits multinomial logistic regression by stochastic gradient steps with one AdaGrad rate a column, in a
 * fixed order: no randomness.
 * Classes weigh by the square root of how rare they are.
 *
 * @param rows - one per example.
 * @param labels - class index (0..3) of each row.
 * @param members - rows to train on.
 * @returns weights, columns x classes.
 * @see https://jmlr.org/papers/v12/duchi11a.html
 */
export function fitRegression(
  rows: SparseRows,
  labels: readonly number[],
  members: readonly number[],
  options: RegressionOptions,
): Float64Array {
  const count = members.length;
  const weights = new Float64Array(options.columns * regressionClasses);
  const squares = new Float64Array(options.columns).fill(0.01);
  const importance = Array.from({ length: regressionClasses }, (_, k) => {
    const size = members.filter((row) => labels[row] === k).length;
    return sqrt(count / (regressionClasses * max(1, size)));
  });
  const stride = coprimeStride(count);
  const errors = new Float64Array(regressionClasses);
  let place = 0;
  for (let visit = 0; visit < options.epochs * count; visit++, place = (place + stride) % count) {
    const row = members[place] ?? 0;
    const label = labels[row] ?? 0;
    softmax(scoreRow(weights, rows, row, errors), 1);
    errors[label] = (errors[label] ?? 0) - 1;
    const weight = importance[label] ?? 1;
    for (let k = 0; k < regressionClasses; k++) errors[k] = (errors[k] ?? 0) * weight;
    stepRow(weights, squares, rows, row, errors, options);
  }
  return weights;
}
