import { TomoeError } from "../errors.ts";
import type { PredictionRow } from "./rows.ts";

/** `strict`: what the answer begins with decides. `m3d-compat`: the benchmark's own lenient substring rule. */
export type Profile = "strict" | "m3d-compat";

/** Name and version of each parser, for the signature. */
export const parserIds: Readonly<Record<Profile, string>> = { strict: "first-letter-or-exact-text/1", "m3d-compat": "letter-dot-substring/m3d-bench" };

const normal = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, " ").replace(/[.!]+$/, "");

/**
 * Index of the choice an answer names, or null when it names none.
 *
 * Rules, in order: a leading letter ("B", "B.", "(B)", "B:", "Answer: B") decides, whatever follows it; else the whole answer is the text of exactly
 * one choice, whatever its case, spacing or closing full stop. Anything else is unparsed and counts as wrong.
 */
export function parseChoice(answer: string, choices: readonly string[]): number | null {
  const letter = /^(?:answer\s*[:=]?\s*)?\(?([A-Za-z])(?:[.):](?:\s|$)|\s*$)/i.exec(answer.trim())?.[1];
  if (letter !== undefined) {
    const index = letter.toUpperCase().charCodeAt(0) - 65;
    if (index < choices.length) return index;
  }
  const matches = choices.flatMap((choice, index) => (normal(choice) === normal(answer) ? [index] : []));
  const [only] = matches;
  return matches.length === 1 && only !== undefined ? only : null;
}

/** What a closed answer counts for. */
export interface ClosedOutcome {
  readonly correct: boolean;
  readonly parsed: boolean;
  /** 1 / number of choices. */
  readonly chance: number;
}

/**
 * Judges a closed row.
 *
 * @throws TomoeError `DATA_MANIFEST` when the target names none of the choices.
 */
export function judgeClosed(row: PredictionRow, profile: Profile): ClosedOutcome {
  const choices = row.choices ?? [];
  const exact = choices.indexOf(row.target);
  const target = exact >= 0 ? exact : parseChoice(row.target, choices);
  if (target === null) throw new TomoeError("DATA_MANIFEST", `the target of "${row.id}" names none of its choices`, { hint: "write the target as the text or the letter of one choice", details: { id: row.id } });
  const chance = 1 / choices.length;
  if (profile === "m3d-compat") {
    const letters = choices.map((_, index) => `${String.fromCharCode(65 + index)}.`);
    return { correct: row.prediction.includes(letters[target] ?? "\0"), parsed: letters.some((letter) => row.prediction.includes(letter)), chance };
  }
  const answer = parseChoice(row.prediction, choices);
  return { correct: answer === target, parsed: answer !== null, chance };
}
