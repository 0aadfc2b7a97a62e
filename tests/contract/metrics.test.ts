import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bleu1, rouge1, seededUniform } from "../../ts/eval/index.ts";
import type { Totals } from "../../ts/eval/interval/clusters.ts";
import { meanEstimate } from "../../ts/eval/interval/mean.ts";
import { tQuantile } from "../../ts/eval/interval/student.ts";
import { bleuMetric, corpusBleuMetric } from "../../ts/eval/metrics/bleu.ts";
import { porterStem } from "../../ts/eval/metrics/porter.ts";
import { rouge } from "../../ts/eval/metrics/rouge.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Reference {
  readonly metrics: Readonly<Record<string, readonly [signature: string, scores: readonly number[]]>>;
  readonly rouge: Readonly<Record<"plain" | "stem", Readonly<Record<string, readonly number[]>>>>;
  readonly bleu: Readonly<Record<string, readonly number[]>>;
  readonly corpus: readonly [kept: number, lower: number];
  readonly stems: readonly string[];
  readonly intervals: readonly (readonly [low: number, high: number])[];
}

const words = [
  "liver",
  "Liver",
  "cyst",
  "no",
  "effusion",
  "3.5",
  "cm",
  "2,000",
  "T12-L1",
  "right",
  "left",
  "lobe",
  "ground-glass",
  "don't",
  "(mild)",
  "HU:",
  "-5",
  "5-6",
  "a.b",
  "&amp;",
  "&quot;x&quot;",
  "<skipped>",
  "50%",
  "x/y",
  "[1]",
  "{2}",
  "e.g.,",
  "...",
  "\u00E9tude",
  "na\u00EFve",
  "\u0130stanbul",
  "\u212A",
  "\u80DD",
  "\u{1F600}",
  "\u00B5m",
  "A&B",
  "&lt;1",
  "--",
  "~3",
  "@home",
  "fin.",
  "3.",
  ".5",
  ",",
  "'",
  '"quoted"',
  "c\u0327a",
  "STRA\u00DFE",
  "\u03A3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2",
  "nodule-\nfree",
];
const spaces = [" ", "  ", "\n", "\t", "\u00A0", "\r\n", "\u2003", "\u001C", "\uFEFF", " "];

/** Texts of 0 to 14 words, from a seed. */
function texts(count: number, seed: number): readonly string[] {
  const uniform = seededUniform(seed);
  const pick = (list: readonly string[]): string => list[Math.floor(uniform() * list.length)] ?? "";
  return Array.from({ length: count }, () =>
    Array.from({ length: Math.floor(uniform() * 15) }, () => `${pick(words)}${pick(spaces)}`).join(""),
  );
}

const byHand: readonly (readonly [string, string])[] = [
  ["", ""],
  ["", "liver"],
  ["liver", ""],
  [" \u00A0\n", "liver"],
  [".", "."],
  ["liver", "liver"],
  ["Liver", "liver"],
  ["liver liver liver", "liver"],
  ["liver", "liver liver liver"],
  ["There is no pleural effusion.", "There is a pleural effusion."],
  ["The 3.5 cm cyst, segment VII.", "A 3.5cm cyst in segment VII"],
  ["a\u001Cb", "a b"],
  ["\uFEFFliver", "liver"],
  ["\u0085liver", "liver"],
];
const said = texts(300, 11);
const wanted = texts(300, 12);
// A third of the pairs are near copies, so that scores of every size occur.
const pairs = [
  ...byHand,
  ...said.map((text, at): readonly [string, string] => [
    text,
    at % 3 === 0 ? `${text.slice(at % 7)} ${(wanted[at] ?? "").slice(0, 20)}` : (wanted[at] ?? ""),
  ]),
];

/** Patients of 1 to 6 items; a patient's answers tend to be alike. */
function tableOf(clusters: number, seed: number): Totals {
  const uniform = seededUniform(seed);
  const sums = new Float64Array(clusters),
    counts = new Float64Array(clusters);
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    const level = uniform();
    counts[cluster] = 1 + Math.floor(uniform() * 6);
    for (let item = 0; item < (counts[cluster] ?? 0); item += 1)
      if (uniform() < level) sums[cluster] = (sums[cluster] ?? 0) + 1;
  }
  return { sums, counts };
}
const tables = [tableOf(40, 21), tableOf(150, 22), tableOf(12, 23), tableOf(2, 24), tableOf(5, 25)];

/** Beginnings and suffixes that Porter's rules look at, in all combinations. */
const stems =
  "nodul|calcif|effus|hop|fall|fil|happ|enjo|relat|vietnam|radic|geo|s|tr|agr|control|rat|ceas|y|sy".split(
    "|",
  );
const suffixes =
  "|s|es|ies|ss|sses|ed|ied|eed|ing|ying|y|ational|tional|enci|izer|bli|alli|ally|entli|ousli|ization|ation|ator|alism|iveness|fulness|aliti|biliti|fulli|logi|logy|icate|ative|alize|iciti|ical|ful|ness|al|ance|er|ic|able|ant|ement|ment|ent|ion|sion|tion|ou|ism|ate|iti|ous|ive|ize|e|ll|lle".split(
    "|",
  );
const vocabulary = stems.flatMap((stem) => suffixes.map((suffix) => `${stem}${suffix}`));

describe("metrics and intervals beside their Python references", () => {
  const request = {
    pairs,
    metrics: ["rouge1", "bleu1"],
    words: vocabulary,
    intervals: tables.map(({ sums, counts }) => ({
      table: [...sums].map((sum, at) => [sum, counts[at]]),
      t: tQuantile(0.975, counts.length - 1),
    })),
  };
  const done = spawnSync(here("../../.venv/bin/python"), [here("../support/measure_reference.py")], {
    input: JSON.stringify(request),
    encoding: "utf8",
    timeout: 600_000,
    maxBuffer: 2 ** 26,
  });
  if (done.status !== 0)
    throw new Error(`the reference did not answer: ${done.error?.message ?? ""}${done.stderr}`);
  const reference = JSON.parse(done.stdout) as Reference;

  it.each([
    ["rouge1", rouge1],
    ["bleu1", bleu1],
  ] as const)("agree on %s for more than 300 pairs of texts, within 1e-12", (metric, ours) => {
    const [signature, scores] = reference.metrics[metric] ?? ["", []];
    expect(signature).toContain("@");
    expect(pairs.length).toBeGreaterThanOrEqual(300);
    expect(new Set(scores.map((score) => score.toFixed(3))).size).toBeGreaterThan(50);
    const apart = pairs.flatMap(([prediction, target], at) => {
      const gap = Math.abs(ours(prediction, target) - (scores[at] ?? Number.NaN));
      return gap <= 1e-12 ? [] : [{ prediction, target, ours: ours(prediction, target), theirs: scores[at] }];
    });
    expect(apart).toEqual([]);
  });

  const apart = (
    ours: (prediction: string, target: string) => number,
    theirs: readonly number[] | undefined,
  ) =>
    pairs.flatMap(([prediction, target], at) => {
      const [mine, other] = [ours(prediction, target), theirs?.[at] ?? Number.NaN];
      return Math.abs(mine - other) <= 1e-12 ? [] : [{ prediction, target, mine, other }];
    });

  it.each(
    (["plain", "stem"] as const).flatMap((tokens) =>
      (["1", "2", "L"] as const).map((order) => [order, tokens] as const),
    ),
  )("agree on ROUGE-%s, tokens %s, within 1e-12", (order, tokens) => {
    const ours = (prediction: string, target: string): number => rouge(order, tokens, prediction, target);
    expect(apart(ours, reference.rouge[tokens][`rouge${order}`])).toEqual([]);
  });

  it.each([2, 3, 4])("agree on BLEU-%d of samples, within 1e-12", (order) => {
    expect(apart(bleuMetric(order).score, reference.bleu[String(order)])).toEqual([]);
  });

  it.each([0, 1])("agree on BLEU-4 of the corpus, case folded: %d, within 1e-12", (at) => {
    const metric = corpusBleuMetric(4, at === 1);
    const sums = new Float64Array(metric.size);
    for (const [prediction, target] of pairs)
      for (const [part, count] of metric.statistics(prediction, target).entries())
        sums[part] = (sums[part] ?? 0) + count;
    expect(Math.abs(metric.value(sums) - (reference.corpus[at] ?? Number.NaN))).toBeLessThanOrEqual(1e-12);
    expect(metric.value(sums)).toBeGreaterThan(0.01);
  });

  it("agree with NLTK on the stem of every word that Porter's rules look at", () => {
    expect(vocabulary.length).toBeGreaterThan(1000);
    expect(vocabulary.map(porterStem)).toEqual(reference.stems);
  });

  it.each(tables.map((_table, at) => at))(
    "agree with numpy on the interval of table %d, within 1e-12",
    (at) => {
      const table = tables[at] ?? { sums: new Float64Array(0), counts: new Float64Array(0) };
      const ours = meanEstimate(table, "binary", { floor: 0, ceiling: 1 });
      const [low, high] = reference.intervals[at] ?? [Number.NaN, Number.NaN];
      expect(Math.abs(ours.low - low)).toBeLessThanOrEqual(1e-12);
      expect(Math.abs(ours.high - high)).toBeLessThanOrEqual(1e-12);
    },
  );
});
