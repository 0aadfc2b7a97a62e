import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bleu1, type ClusterSums, clusterInterval, rouge1, seededUniform } from "../../ts/eval/index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Reference {
  readonly metrics: Readonly<Record<string, readonly [signature: string, scores: readonly number[]]>>;
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

/** Clusters of unequal size, in one or five strata; a cluster's items tend to be alike. */
function tableOf(clusters: number, strata: number, seed: number): readonly (readonly ClusterSums[])[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: clusters }, () => {
    const level = uniform();
    return Array.from({ length: strata }, () => {
      const count = Math.floor(uniform() * 6);
      return {
        count,
        sum: Array.from({ length: count }, () => (uniform() < level ? 1 : 0)).reduce<number>(
          (total, one) => total + one,
          0,
        ),
      };
    });
  });
}
const tables = [tableOf(40, 1, 21), tableOf(150, 5, 22), tableOf(12, 1, 23)];

describe("metrics and intervals beside their Python references", () => {
  const request = {
    pairs,
    metrics: ["rouge1", "bleu1"],
    intervals: tables.map((table, at) => ({
      table: table.map((row) => row.map(({ sum, count }) => [sum, count])),
      resamples: 4000,
      seed: at,
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
  ] as const)("agree on %s for more than 300 pairs of texts, within 1e-9", (metric, ours) => {
    const [signature, scores] = reference.metrics[metric] ?? ["", []];
    expect(signature).toContain("@");
    expect(pairs.length).toBeGreaterThanOrEqual(300);
    expect(new Set(scores.map((score) => score.toFixed(3))).size).toBeGreaterThan(50);
    const apart = pairs.flatMap(([prediction, target], at) => {
      const gap = Math.abs(ours(prediction, target) - (scores[at] ?? Number.NaN));
      return gap <= 1e-9 ? [] : [{ prediction, target, ours: ours(prediction, target), theirs: scores[at] }];
    });
    expect(apart).toEqual([]);
  });

  it.each([0, 1, 2])(
    "agree with numpy on the interval of table %d, within what 4000 random resamples leave open (0.01)",
    (at) => {
      const ours = clusterInterval(tables[at] ?? [], { resamples: 4000, seed: 99 });
      const [low, high] = reference.intervals[at] ?? [Number.NaN, Number.NaN];
      expect(ours.rule).toBe("percentile");
      expect(Math.abs(ours.low - low)).toBeLessThan(0.01 + 0.05 * (high - low));
      expect(Math.abs(ours.high - high)).toBeLessThan(0.01 + 0.05 * (high - low));
    },
  );
});
