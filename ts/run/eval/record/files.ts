import { createHash } from "node:crypto";
import { join } from "node:path";
import { renderScorecard } from "../../../eval/index.ts";
import { jsonText, writeWhole } from "../../../files/index.ts";
import type { Row } from "../../../track/read/index.ts";
import type { EvalDocument, ResultInput } from "./document.ts";
import type { EvalFolder } from "./folder.ts";
import { casesShown, evalPage } from "./page.ts";
import { planesOfCases, type ScanCase, type ScanGrid } from "./planes.ts";
import type { StagePart, StageWorld } from "./stages.ts";

/** What the files of an evaluation are made of. */
export interface Written {
  readonly folder: EvalFolder;
  readonly world: StageWorld;
  readonly document: EvalDocument;
  /** The extracted rows of each arm and baseline. */
  readonly said: ReadonlyMap<string, StagePart>;
  readonly scored: StagePart;
  /** The cases, and where their volumes are cached, on which grid. */
  readonly scans: ScanGrid & { readonly cases: readonly ScanCase[] };
}

/** The system's answers in words, where the recipe's mode is another. */
const inWords = "own-words";
const modeInWords = "generate";

/** Names of the predictions files: the system's own, in words, and each adversary's. */
export function predictionsName(name: string): string {
  if (name === "own") return "predictions.jsonl";
  return `predictions.${name === inWords ? modeInWords : name}.jsonl`;
}

/**
 * The files that the numbers of a document come from: those of the scorecard, in both modes, and each side of the
 * comparisons.
 */
function inputsOf(
  { runId, comparison }: Pick<EvalDocument, "runId" | "comparison">,
  content: ReadonlyMap<string, string>,
  names: Iterable<string>,
): readonly ResultInput[] {
  const mode = comparison[0]?.a;
  return [...names].flatMap((name): readonly ResultInput[] => {
    const path = predictionsName(name);
    const sha256 = createHash("sha256")
      .update(content.get(path) ?? "")
      .digest("hex");
    const as = (role: ResultInput["role"], system?: string): ResultInput => ({
      role,
      path,
      sha256,
      ...(system === undefined ? {} : { system }),
    });
    if (name === "own")
      return [as("rows"), as("system", runId), ...(mode === undefined ? [] : [as("system", mode)])];
    return name === inWords ? [as("rows", modeInWords), as("system", modeInWords)] : [as("system", name)];
  });
}

const lines = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/**
 * Writes everything of an evaluation into its folder, each file whole: predictions of the system and of every adversary,
 * item scores, the scorecard and a page for people, and `results.json` last.
 *
 * @returns the document, with the names of the files.
 */
export async function writeFiles(written: Written): Promise<EvalDocument> {
  const { folder, world, document, said, scored, scans } = written;
  const content = new Map<string, string>();
  for (const [name, { rows }] of said) content.set(predictionsName(name), lines(rows));
  content.set("items.jsonl", lines(scored.rows));
  content.set("scorecard.md", renderScorecard(document.scorecard));
  const planes = await planesOfCases(scans.cases.slice(0, casesShown), scans);
  content.set("results.html", evalPage(document, said.get("own")?.rows ?? [], planes));
  const files = ["results.json", ...[...content.keys()].sort()];
  const inputs = inputsOf(document, content, said.keys());
  const whole: EvalDocument = { ...document, inputs, files };
  for (const [name, text] of content) await writeWhole(join(folder.dir, name), text, { space: world.space });
  await writeWhole(join(folder.dir, "results.json"), jsonText(whole), { space: world.space });
  return whole;
}
