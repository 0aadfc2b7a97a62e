import { questionTypes } from "../../schema/task.ts";
import type { MacroNumber, MeanNumber, ScoredNumber } from "../metrics/metric.ts";
import { type PredictionRow, typesOf } from "../rows/row.ts";
import type { Warning } from "../rows/together.ts";
import { Pace, type Steps } from "../steps.ts";
import { judgeAll, likeliest } from "./judge.ts";
import { optionsOf, sameAnswer } from "./options.ts";
import { type ParserName, parserIds, parserNames } from "./parse.ts";
import { targetIndex } from "./target.ts";

/** How closed answers are judged. */
export interface ClosedRule {
  readonly parser: ParserName;
  /** Judged by the options' log-probabilities in place of the text. */
  readonly byLogProbs?: "loglik-sum" | "loglik-token" | undefined;
  /** The texts are options that log-probabilities chose: none can be hedged. */
  readonly isChosen?: boolean;
}

/** Every row's verdicts, one number each. */
interface Judged {
  readonly correct: Readonly<Record<ParserName, Float64Array>>;
  readonly unparsed: Float64Array;
  readonly hedged: Float64Array;
  readonly contradicted: Float64Array;
  readonly chance: Float64Array;
  /** What each row's target says: two rows of one answer have one text. */
  readonly answers: readonly string[];
}

const share0to1 = { floor: 0, ceiling: 1 } as const;

const bit = (isTrue: boolean): number => (isTrue ? 1 : 0);

function* judged(rows: readonly PredictionRow[], { parser, byLogProbs }: ClosedRule): Steps<Judged> {
  const empty = (): Float64Array => new Float64Array(rows.length);
  const correct = { strict: empty(), lenient: empty(), "m3d-compat": empty() };
  const parts = { unparsed: empty(), hedged: empty(), contradicted: empty(), chance: empty() };
  const answers: string[] = [];
  const pace = new Pace();
  for (const [at, row] of rows.entries()) {
    if (pace.isDueFor(row)) yield;
    const options = optionsOf(row.choices),
      wanted = targetIndex(row.target, options);
    answers.push(options.texts[wanted] || `letter ${wanted}`);
    parts.chance[at] = options.chance;
    if (byLogProbs !== undefined) {
      const chosen = likeliest(row, byLogProbs);
      for (const name of parserNames)
        correct[name][at] = bit(chosen >= 0 && sameAnswer(options, chosen, wanted));
      parts.unparsed[at] = bit(chosen < 0);
      continue;
    }
    const verdict = judgeAll(row);
    for (const name of parserNames) correct[name][at] = bit(verdict.correct[name]);
    parts.unparsed[at] = bit(!verdict.parsed[parser]);
    parts.hedged[at] = bit(verdict.isHedged);
    parts.contradicted[at] = bit(verdict.isContradicted);
  }
  return { correct, answers, ...parts };
}

/** Rows of each type, by index; the types that benchmarks share first, then the others by name. */
export function rowsByType(rows: readonly PredictionRow[]): ReadonlyMap<string, Int32Array> {
  const found = new Map<string, number[]>();
  for (const [at, row] of rows.entries())
    for (const type of typesOf(row)) {
      const mine = found.get(type);
      if (mine === undefined) found.set(type, [at]);
      else mine.push(at);
    }
  const place = (type: string): number => {
    const at = (questionTypes as readonly string[]).indexOf(type);
    return at < 0 ? questionTypes.length : at;
  };
  const sorted = [...found].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
  return new Map(sorted.map(([type, at]) => [type, Int32Array.from(at)]));
}

const meanAt = (values: Float64Array, members: Int32Array): number => {
  // Sorted, so that the order of rows changes no bit.
  const chosen = Float64Array.from(members, (at) => values[at] ?? 0).sort();
  return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
};

const valuesAt = (values: Float64Array, members: Int32Array): Float64Array =>
  Float64Array.from(members, (at) => values[at] ?? 0);

/** Items that the commonest answer among these rows answers. */
function commonest(answers: readonly string[], members: Int32Array): number {
  const counts = new Map<string, number>();
  let most = 0;
  for (const at of members) {
    const answer = answers[at] ?? "";
    const count = (counts.get(answer) ?? 0) + 1;
    counts.set(answer, count);
    most = Math.max(most, count);
  }
  return most;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

interface Head {
  readonly shape: "mean";
  readonly kind: "binary";
  readonly id: string;
  readonly bounds: MeanNumber["bounds"];
}

function accuracies(
  rows: readonly PredictionRow[],
  all: Judged,
  head: Head,
  parser: ParserName,
): readonly ScoredNumber[] {
  const values = all.correct[parser],
    everyone = Int32Array.from(rows.keys()),
    byType = rowsByType(rows);
  const groups = byType.size === 0 ? [everyone] : [...byType.values()];
  const micro: MeanNumber = {
    ...head,
    metric: "accuracy.micro",
    chance: meanAt(all.chance, everyone),
    // Each type's commonest answer; types of one row overlap where it names several.
    majority:
      groups.reduce((sum, members) => sum + commonest(all.answers, members), 0) /
      groups.reduce((sum, members) => sum + members.length, 0),
    values,
  };
  const types = [...byType].map(
    ([type, members]): MeanNumber => ({
      ...head,
      metric: `type.${type}`,
      chance: meanAt(all.chance, members),
      majority: commonest(all.answers, members) / members.length,
      values: valuesAt(values, members),
      members,
    }),
  );
  const isPartition = types.length > 0 && rows.every((row) => typesOf(row).length === 1);
  const macro: MacroNumber = {
    shape: "macro",
    metric: "accuracy.macro",
    chance: mean(types.map(({ chance }) => chance ?? Number.NaN)),
    majority: mean(types.map(({ majority }) => majority ?? Number.NaN)),
    id: head.id,
    bounds: head.bounds,
    parts: types,
  };
  return [micro, ...(isPartition ? [macro] : []), ...types];
}

/** The range of accuracy over the parsers, in words; none where they agree. */
function parserRange(all: Judged, parser: ParserName, count: number): readonly Warning[] {
  const found = parserNames.map((name) => ({
    name,
    value: all.correct[name].reduce((sum, value) => sum + value, 0) / count,
  }));
  const sorted = found.toSorted((a, b) => a.value - b.value);
  const [low] = sorted,
    high = sorted.at(-1);
  if (low === undefined || high === undefined || low.value === high.value) return [];
  return [
    {
      code: "PARSER_RANGE",
      message: `accuracy is ${low.value.toFixed(3)} (${low.name}) to ${high.value.toFixed(3)} (${high.name}) by parser: ${found
        .map(({ name, value }) => `${name} ${value.toFixed(3)}`)
        .join(", ")}; ${parser} is reported`,
    },
  ];
}

/**
 * Accuracy over all questions, over each type and as the mean over types (where every row has one type), and beside
 * it the shares of answers that name no option, several, or one and another's text; the last two of texts alone.
 *
 * @param rows - of one task whose items have options, at least one.
 */
export function* closedNumbers(
  rows: readonly PredictionRow[],
  rule: ClosedRule,
): Steps<{ readonly numbers: readonly ScoredNumber[]; readonly warnings: readonly Warning[] }> {
  const { parser, byLogProbs, isChosen = false } = rule;
  const all = yield* judged(rows, rule);
  const isText = byLogProbs === undefined && !isChosen;
  const parsedBy = byLogProbs === undefined ? `parser:${parserIds[parser]}` : `parser:none(${byLogProbs})`;
  const head: Head = {
    shape: "mean",
    kind: "binary",
    id: `tomoe.accuracy/2|${parsedBy}|unparsed:wrong|empty:wrong`,
    bounds: share0to1,
  };
  const share = (metric: string, values: Float64Array): MeanNumber => ({
    ...head,
    metric,
    chance: null,
    majority: null,
    id: `tomoe.${metric}/1|${parsedBy}`,
    values,
  });
  return {
    numbers: [
      ...accuracies(rows, all, head, parser),
      share("unparsed", all.unparsed),
      ...(isText ? [share("hedged", all.hedged), share("contradicted", all.contradicted)] : []),
    ],
    warnings: isText ? parserRange(all, parser, rows.length) : [],
  };
}
