import type { PredictionRow } from "../rows/row.ts";
import { optionsOf, sameAnswer } from "./options.ts";
import { dottedOptions, optionNamed, type ParserName, readAnswer } from "./parse.ts";
import { targetIndex } from "./target.ts";

/** What of a row decides whether its answer is right. */
export type ChoiceRow = Pick<PredictionRow, "target" | "prediction" | "choices">;

/** What an answer counts for. */
export interface ChoiceVerdict {
  readonly correct: boolean;
  readonly parsed: boolean;
  /** 1 / number of choices that are not missing. */
  readonly chance: number;
}

/** An answer under every parser, and what is counted beside. */
export interface ChoiceJudgement {
  readonly correct: Readonly<Record<ParserName, boolean>>;
  readonly parsed: Readonly<Record<ParserName, boolean>>;
  readonly isHedged: boolean;
  readonly isContradicted: boolean;
  readonly chance: number;
}

/**
 * Judges a row whose target names one of its choices, as the reader makes sure, under every parser.
 *
 * Under `m3d-compat` an answer is right when the target's letter and a full stop stand anywhere in it, so one
 * that lists every option is right. Under the others two options of one text are one answer.
 */
export function judgeAll({ target, prediction, choices }: ChoiceRow): ChoiceJudgement {
  const options = optionsOf(choices);
  const wanted = targetIndex(target, options);
  const read = readAnswer(prediction, options);
  const strict = optionNamed(prediction, read, options, "strict");
  const lenient = optionNamed(prediction, read, options, "lenient");
  const dotted = dottedOptions(prediction, options);
  const isRight = (index: number | null): boolean => index !== null && sameAnswer(options, index, wanted);
  return {
    correct: { strict: isRight(strict), lenient: isRight(lenient), "m3d-compat": dotted.includes(wanted) },
    parsed: { strict: strict !== null, lenient: lenient !== null, "m3d-compat": dotted.length > 0 },
    isHedged: read.isHedged,
    isContradicted: read.isContradicted,
    chance: options.chance,
  };
}

/** As `judgeAll`, under one parser. */
export function judgeChoice(row: ChoiceRow, parser: ParserName): ChoiceVerdict {
  const { correct, parsed, chance } = judgeAll(row);
  return { correct: correct[parser], parsed: parsed[parser], chance };
}

/**
 * Index of the option with the highest log-probability, summed or for each token; options without one never
 * compete. -1 where no option has one.
 */
export function likeliest(row: PredictionRow, mode: "loglik-sum" | "loglik-token"): number {
  const { isThere } = optionsOf(row.choices);
  let best = -1,
    highest = Number.NEGATIVE_INFINITY;
  for (const [index, logProb] of (row.choiceLogProbs ?? []).entries()) {
    const tokens = mode === "loglik-token" ? (row.choiceTokens?.[index] ?? null) : 1;
    if (logProb === null || tokens === null || isThere[index] !== true) continue;
    if (logProb / tokens > highest) {
      highest = logProb / tokens;
      best = index;
    }
  }
  return best;
}
