import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RoutedPrompt } from "../../ts/schema/index.ts";
import { repoRoot } from "./source-tree.ts";

// The one reader of lists: a text a line, "# comments" and blank lines left out.
const { linesOf } = (await import(
  pathToFileURL(join(repoRoot, "scripts/support/prompt-texts.mjs")).href
)) as { readonly linesOf: (text: string) => readonly string[] };

/** One kept-out phrasing, and where it belongs: a task, or "fallback". */
export interface KeptOut {
  readonly expected: string;
  readonly prompt: RoutedPrompt;
}

/** The kept-out sets, in the order in which they were written. */
export const keptOutSets = ["a", "b", "c", "d", "e"] as const;

/** Reads one set: lines of "expected: text", or "expected: text || option | option". */
export function readKeptOut(name: (typeof keptOutSets)[number]): readonly KeptOut[] {
  const text = readFileSync(join(repoRoot, `tests/fixtures/prompts/kept-out-${name}.txt`), "utf8");
  return linesOf(text).map((line) => {
    const at = line.indexOf(": ");
    const [question = "", options] = line.slice(at + 2).split(" || ");
    return {
      expected: line.slice(0, at),
      prompt: options === undefined ? { text: question } : { text: question, choices: options.split(" | ") },
    };
  });
}

/** A text without case and punctuation marks; "" of one that has nothing else. */
export const bareText = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
