import { choiceLetter } from "../../schema/answers/letters.ts";
import type { PredictionRow } from "../rows/row.ts";
import { optionsOf, sameAnswer } from "./options.ts";
import { optionNamed, readAnswer } from "./parse.ts";
import { targetIndex } from "./target.ts";

/** Right options against chosen ones, by letter: `counts[target][chosen]`; the last column is "names none". */
export interface Confusion {
  readonly letters: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** Answers whose probability lies in one tenth. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean probability of the chosen option; null for a bin without answers. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/** How the probabilities of options fit what is right. */
export interface Calibration {
  readonly n: number;
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean distance of confidence and accuracy over the bins, by their answers. */
  readonly ece: number;
  /** Brier score over all options: 0 is perfect, 2 the worst. */
  readonly brier: number;
}

/** What can be told of closed answers beside their accuracy. */
export interface ClosedPicture {
  readonly confusion: Confusion;
  /** Null where no row has log-probabilities. */
  readonly calibration: Calibration | null;
}

const tenths = 10;

/** Probability of each option from the log-probabilities of those that are there; 0 for a missing one. */
export function optionProbabilities(logProbs: readonly (number | null)[]): readonly number[] {
  const highest = Math.max(...logProbs.map((value) => value ?? Number.NEGATIVE_INFINITY));
  const weights = logProbs.map((value) => (value === null ? 0 : Math.exp(value - highest)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Right and chosen options, by letter, as the strict parser reads the answers. */
export function confusionOfRows(rows: readonly PredictionRow[]): Confusion {
  const most = rows.reduce((longest, { choices }) => Math.max(longest, choices?.length ?? 4), 0);
  const counts = Array.from({ length: most }, () => new Array<number>(most + 1).fill(0));
  for (const row of rows) {
    const options = optionsOf(row.choices);
    const chosen = optionNamed(row.prediction, readAnswer(row.prediction, options), options, "strict");
    const mine = counts[targetIndex(row.target, options)];
    if (mine !== undefined) mine[chosen ?? most] = (mine[chosen ?? most] ?? 0) + 1;
  }
  return { letters: counts.map((_, index) => choiceLetter(index)), counts };
}

interface Judged {
  readonly confidence: number;
  readonly isRight: boolean;
  readonly brier: number;
}

function judged(row: PredictionRow): Judged | undefined {
  // An item that could not be answered has no option that is likelier than another.
  if (!row.choiceLogProbs?.some((value) => value !== null)) return undefined;
  const options = optionsOf(row.choices),
    target = targetIndex(row.target, options);
  const probabilities = optionProbabilities(row.choiceLogProbs);
  const confidence = Math.max(...probabilities);
  const chosen = probabilities.indexOf(confidence);
  const brier = probabilities.reduce((sum, one, at) => sum + (one - (at === target ? 1 : 0)) ** 2, 0);
  return { confidence, isRight: sameAnswer(options, chosen, target), brier };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Calibration of the rows that have log-probabilities, summed over tokens; null where none has. */
export function calibrationOfRows(rows: readonly PredictionRow[]): Calibration | null {
  const all = rows.flatMap((row) => judged(row) ?? []);
  if (all.length === 0) return null;
  const place = ({ confidence }: Judged): number => Math.min(tenths - 1, Math.floor(confidence * tenths));
  const bins = Array.from({ length: tenths }, (_, bin): CalibrationBin => {
    const mine = all.filter((one) => place(one) === bin);
    const isEmpty = mine.length === 0;
    return {
      from: bin / tenths,
      to: (bin + 1) / tenths,
      n: mine.length,
      confidence: isEmpty ? null : mean(mine.map(({ confidence }) => confidence)),
      accuracy: isEmpty ? null : mean(mine.map(({ isRight }) => (isRight ? 1 : 0))),
    };
  });
  const ece = bins.reduce(
    (sum, { n, confidence, accuracy }) =>
      sum + (n / all.length) * Math.abs((confidence ?? 0) - (accuracy ?? 0)),
    0,
  );
  return { n: all.length, bins, ece, brier: mean(all.map(({ brier }) => brier)) };
}

/** Confusion and calibration of closed answers. */
export function closedPicture(rows: readonly PredictionRow[]): ClosedPicture {
  return { confusion: confusionOfRows(rows), calibration: calibrationOfRows(rows) };
}
