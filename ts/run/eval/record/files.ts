import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import {
  type Exported,
  type ItemScores,
  latexComparison,
  latexScorecard,
  portableName,
  renderScorecard,
} from "../../../eval/index.ts";
import { jsonText, packageVersion, writeFailure, writeWhole } from "../../../files/index.ts";
import type { Row } from "../../../track/read/index.ts";
import { rowsOf } from "../judge.ts";
import { casesShown } from "./cases.ts";
import type { EvalDocument, ResultInput } from "./document.ts";
import { writeEveryEval, writeInspectLog } from "./exports.ts";
import type { EvalFolder } from "./folder.ts";
import { evalPage } from "./page.ts";
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
  readonly signal: AbortSignal;
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

/** Both tables for a paper: the scorecard, and the gaps to adversaries with daggers from the corrected tests. */
function tablesOf({ scorecard, adversaries, comparison }: EvalDocument, digest: string): string {
  const pairs = [...adversaries.filter(({ primary }) => primary), ...comparison];
  return [
    latexScorecard(scorecard, digest),
    ...(pairs.length === 0 ? [] : [latexComparison(pairs, digest)]),
  ].join("\n");
}

/** Scores of the answers that the exports hold: those in words are other texts than `predictions.jsonl` has. */
const ownScores = ({ scores }: Pick<ItemScores, "scores">): ItemScores["scores"] =>
  Object.fromEntries(Object.entries(scores).filter(([metric]) => !metric.endsWith(`.${modeInWords}`)));

/** What the exports are made of: every number, and the system's own answers with the questions that were asked. */
function exportedOf({ folder, document, said, scored }: Written, digest: string): Exported {
  const own = said.get("own") ?? { rows: [] };
  const { request, createdAt } = folder.record;
  return {
    name: portableName(request.data === null ? document.runId : basename(request.data)),
    model: request.model ?? `local/${document.runId}`,
    at: new Date(createdAt),
    version: packageVersion(),
    digest,
    entries: document.scorecard,
    rows: rowsOf(own).map((row, at) => ({ ...row, question: String(own.rows[at]?.question ?? "") })),
    items: (scored.rows as unknown as readonly ItemScores[]).map((item) => ({
      ...item,
      scores: ownScores(item),
    })),
  };
}

const inspectName = "inspect.eval",
  everyEvalName = "every-eval";

/**
 * Writes the exports for other programs anew: an Inspect log, and a folder for Every Eval Ever.
 *
 * @returns their files, below the folder.
 */
async function writeExports(
  { folder: { dir }, world, signal }: Written,
  made: Exported,
): Promise<readonly string[]> {
  const options = { space: world.space, signal },
    everyEval = join(dir, everyEvalName);
  try {
    // An evaluation that is gone on with has half of it, or all.
    await rm(everyEval, { recursive: true, force: true });
  } catch (cause) {
    throw writeFailure(cause, { action: "remove", path: everyEval });
  }
  await writeInspectLog(join(dir, inspectName), made, options);
  const paths = await writeEveryEval(everyEval, made, options);
  return [inspectName, ...paths.map((path) => relative(dir, path))];
}

/**
 * Writes everything of an evaluation into its folder, each file whole: predictions of the system and of every adversary,
 * item scores, the scorecard and a page for people, tables for a paper, exports for other programs, and `results.json`
 * last.
 *
 * @returns the document, with the names of the files.
 * @throws TomoeError `OUTPUT_CREATE`, `PERMISSION`, `DISK_FULL`, `IO_FAILED`; the signal's reason.
 */
export async function writeFiles(written: Written): Promise<EvalDocument> {
  const { folder, world, document, said, scored, scans } = written;
  const content = new Map<string, string>();
  for (const [name, { rows }] of said) content.set(predictionsName(name), lines(rows));
  const inputs = inputsOf(document, content, said.keys());
  const digest = inputs.find(({ role }) => role === "rows")?.sha256 ?? "";
  content.set("items.jsonl", lines(scored.rows));
  content.set("scorecard.md", renderScorecard(document.scorecard));
  content.set("table.tex", tablesOf(document, digest));
  const planes = await planesOfCases(scans.cases.slice(0, casesShown), scans);
  content.set("results.html", evalPage(document, said.get("own")?.rows ?? [], planes));
  for (const [name, text] of content) await writeWhole(join(folder.dir, name), text, { space: world.space });
  const exports = await writeExports(written, exportedOf(written, digest));
  const files = ["results.json", ...[...content.keys(), ...exports].sort()];
  const whole: EvalDocument = { ...document, inputs, files };
  await writeWhole(join(folder.dir, "results.json"), jsonText(whole), { space: world.space });
  return whole;
}
