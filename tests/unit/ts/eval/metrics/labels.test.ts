import { isTomoeError } from "../../../../../ts/errors.ts";
import { clustersOf } from "../../../../../ts/eval/interval/clusters.ts";
import { type LabelNumber, labelMetric } from "../../../../../ts/eval/metrics/labels.ts";
import type { LabelVectors, PredictionRow } from "../../../../../ts/eval/rows/row.ts";
import { atOnce } from "../../../../../ts/eval/steps.ts";

const names = ["cyst", "nodule"];
const rowOf = (labels: LabelVectors | undefined, at: number): PredictionRow => ({
  id: `r${at}`,
  case: `c${at}`,
  task: "report",
  target: "t",
  prediction: "p",
  labels,
});

function numberOf(name: LabelNumber, vectors: readonly (LabelVectors | undefined)[]) {
  const rows = vectors.map(rowOf);
  const number = atOnce(labelMetric(name).number(rows, clustersOf(rows.map((row) => row.case))));
  const sums = Float64Array.from({ length: number.size }, (_, part) =>
    rows.reduce((sum, _row, at) => sum + (number.vectors[at * number.size + part] ?? 0), 0),
  );
  return { ...number, found: number.value(sums) };
}

const pair = (target: readonly number[], prediction: readonly number[]): LabelVectors => ({
  target,
  prediction,
  names: target.map((_one, at) => names[at] ?? `label ${at}`),
});
// Label 1: 1 hit, 1 false, 1 missed. Label 2: 1 hit, 1 false; uncertain counts as 0.
const some = [pair([1, 0], [1, 1]), pair([1, 1], [0, 1]), pair([0, -1], [1, 0])];

describe("numbers of label vectors", () => {
  it("are F1 of each label averaged, and of all labels together, as scikit-learn computes them", () => {
    expect(numberOf("labels.f1.macro", some).found).toBeCloseTo((2 / 4 + 2 / 3) / 2, 15);
    expect(numberOf("labels.f1.micro", some).found).toBeCloseTo(4 / 7, 15);
    // A label that nobody has scores 0, as zero_division=0 does.
    expect(numberOf("labels.f1.macro", [pair([0, 1], [0, 1])]).found).toBe(0.5);
  });

  it("are CRG: 1 where perfect, 1/3 where no label or every label is said", () => {
    const targets = [
      [1, 0, 0, 1],
      [0, 0, 1, 0],
    ];
    const said = (made: (target: readonly number[]) => readonly number[]): number =>
      numberOf(
        "crg",
        targets.map((target) => pair(target, made(target))),
      ).found;
    expect(said((target) => target)).toBeCloseTo(1, 15);
    expect(said((target) => target.map(() => 0))).toBeCloseTo(1 / 3, 15);
    expect(said((target) => target.map(() => 1))).toBeCloseTo(1 / 3, 15);
    // A = 3, T = 8, w = 5/6: one hit, one missed more, one false.
    expect(
      numberOf("crg", [pair([1, 0, 0, 1], [1, 0, 0, 0]), pair([0, 0, 1, 0], [1, 0, 1, 0])]).found,
    ).toBeCloseTo(2.5 / (5 - ((5 / 6) * 2 - 5 / 6 - 1)), 14);
  });

  it("say in their id which labels, in which order, by whom, and what uncertain counts as", () => {
    const labeller = "radbert (ct)|2";
    const { id } = numberOf(
      "crg",
      some.map((one) => ({ ...one, labeller })),
    );
    expect(id).toBe(
      "tomoe.crg/1(labels:2,order:cyst+nodule,labeller:radbert _ct__2,uncertain:0,zero-division:0)",
    );
    const unnamed = { target: [1, ...Array<number>(17).fill(0)], prediction: Array<number>(18).fill(0) };
    expect(numberOf("crg", [unnamed]).id).toContain("labels:18,order:ct-rate-18,labeller:unnamed");
  });

  it.each([
    ["no labels", [...some, undefined], "has no labels"],
    [
      "another order",
      [...some, { ...pair([1, 0], [1, 0]), names: ["nodule", "cyst"] }],
      "another length, order",
    ],
    ["no names", [{ target: [1, 0], prediction: [1, 0] }], "need names"],
    ["nothing positive", [pair([0, 0], [1, 0])], "0 positive labels of 2"],
    ["nothing negative", [pair([1, 1], [1, 0])], "2 positive labels of 2"],
  ] as const)("refuse rows with %s", (_what, vectors, words) => {
    let error: unknown;
    try {
      numberOf("crg", vectors);
    } catch (thrown) {
      error = thrown;
    }
    if (!isTomoeError(error)) throw new Error(`not refused: ${String(error)}`);
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.what).toContain(words);
  });
});
