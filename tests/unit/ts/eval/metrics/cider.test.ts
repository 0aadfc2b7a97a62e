import { clustersOf } from "../../../../../ts/eval/interval/clusters.ts";
import { ciderMetric } from "../../../../../ts/eval/metrics/cider.ts";
import type { PredictionRow } from "../../../../../ts/eval/rows/row.ts";
import { atOnce } from "../../../../../ts/eval/steps.ts";

/** Predictions and targets with what pycocoevalcap 1.2 (`CiderScorer(n=4, sigma=6.0)`) gives for each. */
const known: readonly (readonly [prediction: string, target: string, score: number])[] = [
  ["a cyst in the liver", "there is a cyst in the liver", 7.168510961091844],
  ["no effusion", "no pleural effusion", 2.0130868472699963],
  ["the spleen is normal the spleen", "normal spleen", 0.8380124155390107],
  ["nodule", "nodule in the left lobe of the lung", 0.4759888052320999],
  ["liver liver liver", "liver and spleen are normal", 0.2817971812143246],
  ["a b c d e", "a b c d e", 10],
  ["", "calcified node", 0],
];

const row = (prediction: string, target: string, at: number): PredictionRow => ({
  id: `r${at}`,
  case: `c${at % 4}`,
  task: "report",
  target,
  prediction,
});
const rows = known.map(([prediction, target], at) => row(prediction, target, at));
const numberOf = (of: readonly PredictionRow[]) =>
  atOnce(ciderMetric.number(of, clustersOf(of.map((one) => one.case))));

/** The mean over these rows alone, with the frequencies of their targets. */
const alone = (of: readonly PredictionRow[]): number => {
  const { vectors } = numberOf(of);
  return of.reduce((sum, _row, at) => sum + (vectors[2 * at] ?? 0), 0) / of.length;
};

describe("CIDEr-D", () => {
  it("equals pycocoevalcap on every item and on the corpus, within 1e-12", () => {
    const { vectors, value } = numberOf(rows);
    for (const [at, [, , score]] of known.entries())
      expect(Math.abs((vectors[2 * at] ?? -1) - score)).toBeLessThanOrEqual(1e-12);
    const sums = [0, 1].map((part) => rows.reduce((sum, _row, at) => sum + (vectors[2 * at + part] ?? 0), 0));
    expect(Math.abs(value(sums) - 2.9681994586210396)).toBeLessThanOrEqual(1e-12);
  });

  it("without a patient counts anew which n-grams are rare", () => {
    const clusters = clustersOf(rows.map((one) => one.case));
    const without = numberOf(rows).without?.(clusters) ?? new Float64Array(0);
    expect(without.length).toBe(4);
    for (const [at, name] of clusters.names.entries())
      expect(without[at]).toBeCloseTo(alone(rows.filter((one) => one.case !== name)), 12);
    expect(without[0]).not.toBe(without[1]);
  });

  it("leaves out at most 100 blocks of whole patients, so that time grows with the rows alone", () => {
    const many = Array.from({ length: 130 }, (_, at): PredictionRow => {
      const [prediction, target] = known[at % known.length] ?? ["", ""];
      return { ...row(prediction, `${target} w${at}`, at), case: `c${String(at).padStart(3, "0")}` };
    });
    const clusters = clustersOf(many.map((one) => one.case));
    const without = numberOf(many).without?.(clusters) ?? new Float64Array(0);
    expect(without.length).toBe(100);
    expect(without[7]).toBeCloseTo(alone(many.filter((_row, at) => at % 100 !== 7)), 12);
  });

  it("of one item alone is 0, and of words in every script is that of the words", () => {
    expect(alone(rows.slice(0, 1))).toBe(0);
    expect(alone([row("肝臓に嚢胞", "肝臓に嚢胞", 0), row("x", "y", 1)])).toBeCloseTo(5, 12);
    expect(numberOf(rows).id).toContain("tomoe.cider/1(cider-d,n:4,sigma:6,idf:targets,blocks:100,tokens:");
  });
});
