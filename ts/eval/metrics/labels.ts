import { TomoeError } from "../../errors.ts";
import { Problems, shown } from "../rows/problems.ts";
import type { LabelVectors, PredictionRow } from "../rows/row.ts";
import type { WholeMetric } from "./metric.ts";

/** The numbers of label vectors. */
export type LabelNumber = "labels.f1.macro" | "labels.f1.micro" | "crg";

/** The number of labels that a vector without names has: the 18 findings of CT-RATE, in its order. */
const unnamed = 18;

const plain = (text: string): string => text.replaceAll(/[^\p{L}\p{N} -]/gu, "_");

function describe({ names, labeller, target }: LabelVectors): string {
  const order = names === undefined ? `ct-rate-${unnamed}` : names.map(plain).join("+");
  return `labels:${target.length},order:${order},labeller:${labeller === undefined ? "unnamed" : plain(labeller)},uncertain:0`;
}

function vectorsOf(rows: readonly PredictionRow[]): readonly LabelVectors[] {
  const problems = new Problems();
  const found = rows.flatMap((row) => {
    if (row.labels !== undefined) return [row.labels];
    problems.add(`${shown(row.id)} has no labels`);
    return [];
  });
  const [first] = found;
  const apart = found.filter((one) => first !== undefined && describe(one) !== describe(first)).length;
  if (apart > 0)
    problems.add(`${apart} rows have another length, order or labeller than the first: label all alike`);
  if (first !== undefined && first.names === undefined && first.target.length !== unnamed)
    problems.add(`vectors of ${first.target.length} labels need names; ${unnamed} without are CT-RATE's`);
  const positives = found.reduce((sum, { target }) => sum + target.filter((one) => one === 1).length, 0);
  const all = found.reduce((sum, { target }) => sum + target.length, 0);
  if (problems.count === 0 && (positives === 0 || positives === all))
    problems.add(`the targets have ${positives} positive labels of ${all}: nothing to tell apart`);
  if (problems.count === 0) return found;
  throw new TomoeError(
    "DATA_PREDICTIONS",
    problems.told(`label vectors of ${rows.length} rows cannot be scored`),
    {
      hint: 'A row has {"labels": {"target": [0, 1, ...], "prediction": [...], "names"?: [...], "labeller"?: "..."}}; -1 is uncertain and counts as 0.',
      details: { count: problems.count, problems: problems.first },
    },
  );
}

const f1 = (hits: number, false_: number, missed: number): number =>
  hits === 0 ? 0 : (2 * hits) / (2 * hits + false_ + missed);

const part = (sums: ArrayLike<number>, of: number, size: number): readonly number[] =>
  Array.from({ length: size }, (_, label) => sums[of * size + label] ?? 0);

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/**
 * Clinical reward of a confusion: Smax / (2 Smax - S), S = w TP - w FN - FP, w = (T - A) / 2A, Smax = A w, with A
 * positives among T label values. 1 is perfect; no label or every label said is 1/3.
 */
function crgOf(hits: number, false_: number, missed: number, all: number): number {
  const positives = hits + missed,
    weight = positives === 0 ? 0 : (all - positives) / (2 * positives);
  const most = (all - positives) / 2;
  return most > 0 ? most / (2 * most - (weight * hits - weight * missed - false_)) : 0;
}

const values: Readonly<Record<LabelNumber, (sums: ArrayLike<number>, size: number) => number>> = {
  "labels.f1.macro": (sums, size) => {
    const [hits, false_, missed] = [0, 1, 2].map((of) => part(sums, of, size)) as [
      number[],
      number[],
      number[],
    ];
    return total(hits.map((hit, at) => f1(hit, false_[at] ?? 0, missed[at] ?? 0))) / size;
  },
  "labels.f1.micro": (sums, size) => {
    const [hits = 0, false_ = 0, missed = 0] = [0, 1, 2].map((of) => total(part(sums, of, size)));
    return f1(hits, false_, missed);
  },
  crg: (sums, size) => {
    const [hits = 0, false_ = 0, missed = 0] = [0, 1, 2].map((of) => total(part(sums, of, size)));
    return crgOf(hits, false_, missed, sums[3 * size] ?? 0);
  },
};

/** A number of the label vectors that rows bring: hits, false and missed ones of each label, summed over the corpus. */
export const labelMetric = (name: LabelNumber): WholeMetric => ({
  *number(rows) {
    const found = vectorsOf(rows);
    const labels = found[0]?.target.length ?? 0,
      size = 3 * labels + 1;
    const vectors = new Float64Array(rows.length * size);
    for (const [at, { target, prediction }] of found.entries()) {
      vectors[at * size + 3 * labels] = labels;
      for (let label = 0; label < labels; label += 1) {
        const is = target[label] === 1,
          said = prediction[label] === 1;
        if (is || said) vectors[at * size + (is ? (said ? 0 : 2) : 1) * labels + label] = 1;
      }
    }
    const [first] = found;
    return {
      id: `tomoe.${name}/1(${first === undefined ? "" : describe(first)},zero-division:0)`,
      vectors,
      size,
      value: (sums) => values[name](sums, labels),
    };
  },
});
