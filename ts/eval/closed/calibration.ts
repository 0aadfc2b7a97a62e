import { choiceLetter } from "../../schema/answers/letters.ts";
import { predicts } from "../../schema/task.ts";
import type { PredictionRow } from "../rows/row.ts";
import { Pace, type Steps } from "../steps.ts";
import { likeliest } from "./judge.ts";
import { type Options, optionsOf, sameAnswer } from "./options.ts";
import { optionNamed, readAnswer } from "./parse.ts";
import { targetIndex } from "./target.ts";

/** How a closed answer names its option: by a parser of its text, or by the options' log-probabilities. */
export type ChosenBy = "strict" | "lenient" | "loglik-sum" | "loglik-token";

/** Right options against chosen ones, by letter: `counts[target][chosen]`; the last column is "names none". */
export interface Confusion {
  readonly by: ChosenBy;
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

/** The option that an answer names, by index; null where it names none. */
export function chosenOption(row: PredictionRow, by: ChosenBy): number | null {
  if (by === "loglik-sum" || by === "loglik-token") {
    const found = likeliest(row, by);
    return found < 0 ? null : found;
  }
  const options = optionsOf(row.choices);
  return optionNamed(row.prediction, readAnswer(row.prediction, options), options, by);
}

/** Counts of right options against chosen ones; both lists grow with the longest list of options. */
class ConfusionCounts {
  readonly counts = new Map<number, number>();
  most = 0;

  add(right: number, chosen: number | null, options: number): void {
    this.most = Math.max(this.most, options);
    const key = right * 64 + (chosen ?? 63);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  confusion(by: ChosenBy): Confusion {
    const letters = Array.from({ length: this.most }, (_, index) => choiceLetter(index));
    const columns = [...letters.keys(), 63];
    const counts = letters.map((_, right) =>
      columns.map((chosen) => this.counts.get(right * 64 + chosen) ?? 0),
    );
    return { by, letters, counts };
  }
}

/** Answers by the probability of their likeliest option. */
class CalibrationSums {
  #n = 0;
  #brier = 0;
  readonly #bins = Array.from({ length: tenths }, () => ({ n: 0, confidence: 0, right: 0 }));

  add({ choiceLogProbs }: PredictionRow, options: Options, target: number): void {
    // An item that could not be answered has no option that is likelier than another.
    if (!choiceLogProbs?.some((value) => value !== null)) return;
    const probabilities = optionProbabilities(choiceLogProbs);
    const confidence = Math.max(...probabilities),
      bin = this.#bins[Math.min(tenths - 1, Math.floor(confidence * tenths))];
    this.#n += 1;
    this.#brier += probabilities.reduce((sum, one, at) => sum + (one - (at === target ? 1 : 0)) ** 2, 0);
    if (bin === undefined) return;
    bin.n += 1;
    bin.confidence += confidence;
    bin.right += sameAnswer(options, probabilities.indexOf(confidence), target) ? 1 : 0;
  }

  calibration(): Calibration | null {
    const total = this.#n;
    if (total === 0) return null;
    const bins = this.#bins.map(({ n, confidence, right }, at): CalibrationBin => {
      const mean = (sum: number): number | null => (n === 0 ? null : sum / n);
      return {
        from: at / tenths,
        to: (at + 1) / tenths,
        n,
        confidence: mean(confidence),
        accuracy: mean(right),
      };
    });
    const ece = bins.reduce(
      (sum, { n, confidence, accuracy }) => sum + (n / total) * Math.abs((confidence ?? 0) - (accuracy ?? 0)),
      0,
    );
    return { n: total, bins, ece, brier: this.#brier / total };
  }
}

/**
 * Confusion and calibration of the closed ones among checked rows; the calibration is of log-probabilities summed over
 * tokens, whatever names the options.
 *
 * @returns null where no row is closed.
 */
export function* closedPicture(
  rows: readonly PredictionRow[],
  by: ChosenBy = "strict",
): Steps<ClosedPicture | null> {
  const confusion = new ConfusionCounts(),
    calibration = new CalibrationSums();
  const pace = new Pace();
  for (const row of rows) {
    if (pace.isDueFor(row)) yield;
    if (!predicts(row.task, "choice")) continue;
    const options = optionsOf(row.choices),
      target = targetIndex(row.target, options);
    confusion.add(target, chosenOption(row, by), options.texts.length);
    calibration.add(row, options, target);
  }
  if (confusion.most === 0) return null;
  return { confusion: confusion.confusion(by), calibration: calibration.calibration() };
}
