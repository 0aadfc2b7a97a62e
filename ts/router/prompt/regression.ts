// Taken once: a look-up on the global object costs more than the arithmetic where a host wraps it (test
// runners do).
const { exp, sqrt, max, floor } = Math;

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
  /** At least 2. */
  readonly classes: number;
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
 * Scores of one row, one a class: the sum of its columns' weights (columns x classes), without normalisation.
 *
 * @param scores - one a class; overwritten and returned, so that a pass over many rows allocates nothing.
 */
export function scoreRow(
  weights: Float64Array,
  rows: SparseRows,
  row: number,
  scores: Float64Array,
): Float64Array {
  const classes = scores.length;
  scores.fill(0);
  const to = rows.starts[row + 1] ?? 0;
  for (let at = rows.starts[row] ?? 0; at < to; at++) {
    const from = (rows.columns[at] ?? 0) * classes;
    const value = rows.values[at] ?? 0;
    for (let k = 0; k < classes; k++) scores[k] = (scores[k] ?? 0) + (weights[from + k] ?? 0) * value;
  }
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

/**
 * A stride that visits every one of `count` rows once, far from the order they are written in: rows of one
 * list follow each other, and steps on many alike would pull the weights to and fro. 0.618, the golden
 * section, spreads every run of visits about evenly over the rows.
 */
function coprimeStride(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = max(1, floor(count * 0.618));
  while (divisor(stride, count) !== 1) stride += 1;
  return stride;
}

/** Weights on their way, and what has moved them. */
interface Fit extends RegressionOptions {
  /** columns x classes. */
  readonly weights: Float64Array;
  /** Sum of the squared gradients of each column. */
  readonly squares: Float64Array;
}

/**
 * One gradient step on a row, whose gradient by a weight is the column's value times the class's error. Columns
 * share one AdaGrad rate over all classes, so that a rare n-gram moves far in its few steps and a frequent one
 * settles.
 *
 * @param errors - gradient of the loss by the row's scores, one a class.
 */
function stepRow(fit: Fit, rows: SparseRows, row: number, errors: Float64Array): void {
  const { weights, squares, classes, learningRate, decay } = fit;
  let size = 0;
  for (let k = 0; k < classes; k++) size += (errors[k] ?? 0) * (errors[k] ?? 0);
  const to = rows.starts[row + 1] ?? 0;
  for (let at = rows.starts[row] ?? 0; at < to; at++) {
    const column = rows.columns[at] ?? 0;
    const value = rows.values[at] ?? 0;
    const square = (squares[column] ?? 0) + size * value * value;
    squares[column] = square;
    const rate = learningRate / sqrt(square);
    const keep = 1 - rate * decay;
    const step = rate * value;
    const from = column * classes;
    for (let k = 0; k < classes; k++)
      weights[from + k] = (weights[from + k] ?? 0) * keep - step * (errors[k] ?? 0);
  }
}

/**
 * Fits multinomial logistic regression by stochastic gradient steps with one AdaGrad rate a column, in a
 * fixed order: no randomness.
 * Classes weigh by the square root of how rare they are.
 *
 * @param rows - one per example.
 * @param labels - class index of each row, from 0.
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
  const { columns, classes, epochs } = options;
  const count = members.length;
  const weights = new Float64Array(columns * classes);
  // Not 0: a column's first step would divide by its own gradient alone and be as long as the rate, however
  // small that gradient.
  const squares = new Float64Array(columns).fill(0.01);
  const fit: Fit = { ...options, weights, squares };
  const importance = Array.from({ length: classes }, (_, k) => {
    const size = members.filter((row) => labels[row] === k).length;
    return sqrt(count / (classes * max(1, size)));
  });
  const stride = coprimeStride(count);
  const errors = new Float64Array(classes);
  let place = 0;
  for (let visit = 0; visit < epochs * count; visit++, place = (place + stride) % count) {
    const row = members[place] ?? 0;
    const label = labels[row] ?? 0;
    softmax(scoreRow(weights, rows, row, errors), 1);
    errors[label] = (errors[label] ?? 0) - 1;
    const weight = importance[label] ?? 1;
    for (let k = 0; k < classes; k++) errors[k] = (errors[k] ?? 0) * weight;
    stepRow(fit, rows, row, errors);
  }
  return weights;
}
