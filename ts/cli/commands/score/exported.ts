import { basename, dirname } from "node:path";
import type { Exported, PredictionRow, ScoreOptions } from "../../../eval/index.ts";
import { packageVersion } from "../../../files/index.ts";
import type { ScorecardEntry } from "../../../schema/answers/scorecard.ts";
import type { Output } from "../../outputs.ts";
import type { Predictions } from "../../predictions.ts";
import { withTurns } from "../../turns.ts";
import type { Call } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";

/** "developer/model", as hubs name models: each part of letters, digits and `._-`. */
const modelPattern = /^[\p{L}\p{N}][\p{L}\p{N}._-]*(?:\/[\p{L}\p{N}][\p{L}\p{N}._-]*)+$/u;

/** What an Inspect log calls a model that nobody named; it is the name Inspect itself has for that. */
const noModel = "none/none";

/** Problems of a model's name: one that is no "developer/model"; none where nobody gave one. */
export const modelProblems = (model: string | undefined): readonly string[] =>
  model === undefined || modelPattern.test(model)
    ? []
    : [`--model ${JSON.stringify(model)} is no DEVELOPER/NAME, as my-lab/ct-7b`];

/**
 * Makes sure that an export can name the model.
 *
 * @throws TomoeError `USAGE_INVALID` for a name that is no "developer/model", and for a record of Every Eval Ever
 * without one.
 */
export function checkModel(model: string | undefined, outputs: readonly Output[]): void {
  const problems = modelProblems(model);
  if (problems.length > 0) throw usage({ name: "score" }, problems);
  const record = outputs.find(({ kind }) => kind === "eee");
  if (record !== undefined && model === undefined)
    throw usage({ name: "score" }, [
      `${record.path}: a record of Every Eval Ever is filed under its model: give --model DEVELOPER/NAME`,
    ]);
}

/** What the rows are called in an export or on a page: their file, or the run whose predictions they are. */
export function nameOf(source: string): string {
  if (source === "-") return "stdin";
  const file = basename(source);
  return file === "predictions.jsonl" && dirname(source) !== "."
    ? basename(dirname(source))
    : file.replace(/\.(?:jsonl|json|csv|tsv|eval)$/i, "");
}

interface Scorecard {
  readonly read: Predictions;
  readonly rows: readonly PredictionRow[];
  readonly options: ScoreOptions;
  readonly entries: readonly ScorecardEntry[];
}

/** What the exports of a scorecard are made of: its numbers, its rows, and what each item scores. */
export async function exportedOf(call: Call, { read, rows, options, entries }: Scorecard): Promise<Exported> {
  const { portableName, rowsUnder, scoreItems } = await import("../../../eval/index.ts");
  return {
    name: portableName(nameOf(read.source)),
    model: call.flags.text("model") ?? noModel,
    at: new Date(),
    version: packageVersion(),
    digest: read.digest,
    entries,
    rows: rowsUnder(rows, options.profile).rows,
    items: await withTurns(scoreItems(rows, options), call.signal),
  };
}
