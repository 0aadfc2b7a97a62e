import {
  fitRegression,
  packRows,
  type SparseRows,
  scoreRow,
  softmax,
} from "../../../../../ts/router/prompt/regression.ts";

const pack = (rows: readonly (readonly (readonly [column: number, value: number])[])[]): SparseRows =>
  packRows(rows.length, rows.flat().length, (row, push) => {
    for (const [column, value] of rows[row] ?? []) push(column, value);
  });

/** Each class has a column of its own, and all share column 4. */
const rows = pack(
  Array.from(
    { length: 40 },
    (_, at) =>
      [
        [at % 4, 1],
        [4, 1],
      ] as const,
  ),
);
const labels = Array.from({ length: 40 }, (_, at) => at % 4);
const all = labels.map((_label, at) => at);
const options = { columns: 5, classes: 4, epochs: 60, learningRate: 0.5, decay: 1e-4 };

/** Mean negative log-likelihood, computed the long way. */
function loss(weights: Float64Array, packed: SparseRows, of: readonly number[]): number {
  let sum = 0;
  for (const [row, label] of of.entries()) {
    const scores = Array.from({ length: options.classes }, (_, k) => {
      let score = 0;
      for (let at = packed.starts[row] ?? 0; at < (packed.starts[row + 1] ?? 0); at++)
        score += (weights[(packed.columns[at] ?? 0) * options.classes + k] ?? 0) * (packed.values[at] ?? 0);
      return score;
    });
    sum += Math.log(scores.reduce((total, score) => total + Math.exp(score), 0)) - (scores[label] ?? 0);
  }
  return sum / of.length;
}

describe("packRows", () => {
  it("lays rows one behind the other", () => {
    const packed = pack([
      [
        [3, 0.5],
        [1, 2],
      ],
      [],
      [[0, 1]],
    ]);
    expect([...packed.starts]).toEqual([0, 2, 2, 3]);
    expect([...packed.columns]).toEqual([3, 1, 0]);
    expect([...packed.values]).toEqual([0.5, 2, 1]);
  });
});

describe("softmax", () => {
  it("gives the textbook probabilities, also for large scores and other temperatures (1e-12)", () => {
    const [a = 0, b = 0] = softmax(Float64Array.of(1000, 1000 + Math.log(3)), 1);
    expect(a).toBeCloseTo(0.25, 12);
    expect(b).toBeCloseTo(0.75, 12);
    expect(softmax(Float64Array.of(0, 2 * Math.log(3)), 2)[1]).toBeCloseTo(0.75, 12);
  });
});

describe("scoreRow", () => {
  const weights = Float64Array.from({ length: 12 }, (_, at) => at);
  const two = pack([
    [
      [0, 2],
      [1, -1],
    ],
    [],
  ]);

  it("adds up value times weight per class", () => {
    expect([...scoreRow(weights, two, 0, new Float64Array(4))]).toEqual([-4, -3, -2, -1]);
  });

  it("takes as many classes as there is room for scores", () => {
    expect([...scoreRow(weights, two, 0, new Float64Array(2))]).toEqual([-2, -1]);
    expect([...scoreRow(weights, two, 0, new Float64Array(6))]).toEqual([-6, -5, -4, -3, -2, -1]);
  });

  it("forgets what the scores held before, and gives a row without columns zeros", () => {
    const scores = Float64Array.of(7, 7, 7, 7);
    expect(scoreRow(weights, two, 1, scores)).toBe(scores);
    expect([...scores]).toEqual([0, 0, 0, 0]);
  });
});

describe("fitRegression", () => {
  it("separates classes that a column each gives away", () => {
    const weights = fitRegression(rows, labels, all, options);
    for (const row of all.slice(0, 4)) {
      const scores = [...scoreRow(weights, rows, row, new Float64Array(4))];
      expect(scores.indexOf(Math.max(...scores))).toBe(labels[row]);
    }
  });

  it("lowers the loss from that of a guess, pass by pass", () => {
    const after = [1, 4, 16, 64].map((epochs) =>
      loss(fitRegression(rows, labels, all, { ...options, epochs }), rows, labels),
    );
    expect(after[0]).toBeLessThan(Math.log(4));
    for (let at = 1; at < after.length; at++) expect(after[at]).toBeLessThan(after[at - 1] ?? 0);
  });

  it("comes to the log-odds of the data where one column holds all there is to know (0.05)", () => {
    // A single constant column: the best scores differ by the logarithms of the class shares. Shares 1/2,
    // 1/4, 1/8, 1/8,
    // weighed by the square root of their rarity: odds of the shares' square roots.
    const shares = [8, 4, 2, 2];
    const skewed = shares.flatMap((count, label) => Array.from({ length: count }, () => label));
    const constant = pack(skewed.map(() => [[0, 1]] as const));
    const weights = fitRegression(
      constant,
      skewed,
      skewed.map((_label, at) => at),
      { columns: 1, classes: 4, epochs: 4000, learningRate: 0.2, decay: 0 },
    );
    const probabilities = softmax(weights.slice(), 1);
    const weighed = shares.map((count) => Math.sqrt(count));
    const total = weighed.reduce((sum, one) => sum + one, 0);
    for (const [k, one] of weighed.entries())
      expect(Math.abs((probabilities[k] ?? 0) - one / total)).toBeLessThan(0.05);
  });

  it("gives the same weights whenever it is asked", () => {
    expect(fitRegression(rows, labels, all, options)).toEqual(fitRegression(rows, labels, all, options));
  });

  it("leaves rows alone that are not among its members", () => {
    const weights = fitRegression(
      rows,
      labels,
      all.filter((row) => labels[row] !== 3),
      options,
    );
    expect([...weights.subarray(3 * options.classes, 4 * options.classes)]).toEqual([0, 0, 0, 0]);
  });

  it.each([2, 3, 5, 9])("separates %d classes as it does four", (classes) => {
    const own = pack(Array.from({ length: 10 * classes }, (_, at) => [[at % classes, 1]] as const));
    const ownLabels = Array.from({ length: 10 * classes }, (_, at) => at % classes);
    const weights = fitRegression(
      own,
      ownLabels,
      ownLabels.map((_label, at) => at),
      { columns: classes, classes, epochs: 30, learningRate: 0.5, decay: 1e-4 },
    );
    for (let label = 0; label < classes; label++) {
      const scores = [...scoreRow(weights, own, label, new Float64Array(classes))];
      expect(scores.indexOf(Math.max(...scores))).toBe(label);
    }
  });

  it("gives classes that are alike the same weights, so that their order says nothing", () => {
    const mirrored = fitRegression(
      rows,
      labels.map((label) => 3 - label),
      all,
      options,
    );
    const straight = fitRegression(rows, labels, all, options);
    for (let column = 0; column < options.columns; column++)
      for (let k = 0; k < 4; k++)
        expect(mirrored[column * 4 + k]).toBeCloseTo(straight[column * 4 + 3 - k] ?? Number.NaN, 12);
  });
});
