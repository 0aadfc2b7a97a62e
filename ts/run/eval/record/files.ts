import { join } from "node:path";
import { renderScorecard } from "../../../eval/index.ts";
import { jsonText, writeWhole } from "../../../files/index.ts";
import type { Row } from "../../../track/read/index.ts";
import type { EvalDocument } from "./document.ts";
import type { EvalFolder } from "./folder.ts";
import type { StagePart, StageWorld } from "./stages.ts";

/** What the files of an evaluation are made of. */
export interface Written {
  readonly folder: EvalFolder;
  readonly world: StageWorld;
  readonly document: EvalDocument;
  /** The extracted rows of each arm and baseline. */
  readonly said: ReadonlyMap<string, StagePart>;
  readonly scored: StagePart;
}

/** Names of the predictions files: the system's own, in words, and each adversary's. */
export function predictionsName(name: string): string {
  if (name === "own") return "predictions.jsonl";
  return `predictions.${name === "own-words" ? "generate" : name}.jsonl`;
}

const lines = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/**
 * Writes everything of an evaluation into its folder, each file whole: predictions of the system and of every adversary,
 * item scores, the scorecard for people, and `results.json` last.
 *
 * @returns the document, with the names of the files.
 */
export async function writeFiles({ folder, world, document, said, scored }: Written): Promise<EvalDocument> {
  const content = new Map<string, string>();
  for (const [name, { rows }] of said) content.set(predictionsName(name), lines(rows));
  content.set("items.jsonl", lines(scored.rows));
  content.set("scorecard.md", renderScorecard(document.scorecard));
  const files = ["results.json", ...[...content.keys()].sort()];
  const whole: EvalDocument = { ...document, files };
  for (const [name, text] of content) await writeWhole(join(folder.dir, name), text, { space: world.space });
  await writeWhole(join(folder.dir, "results.json"), jsonText(whole), { space: world.space });
  return whole;
}
