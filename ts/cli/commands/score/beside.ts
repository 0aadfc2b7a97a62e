import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { JudgedScores, PredictionRow, Warning } from "../../../eval/index.ts";
import { type Input, inputOf, type Predictions, readNamed, streamNamed } from "../../predictions.ts";
import type { Call } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";

/** Rows as they are scored, and what they were held against. */
export interface Held {
  readonly rows: readonly PredictionRow[];
  readonly expected: number | null;
  readonly signature: string | undefined;
  readonly inputs: readonly Input[];
  readonly warnings: readonly Warning[];
}

/** The items that the run behind the rows was to answer; undefined where the rows are no run's, or it kept no list. */
async function askedOfRun({
  source,
  rows,
}: Predictions): Promise<{ readonly items: number; readonly signature: string } | undefined> {
  const beside = (name: string): string => join(dirname(source), name);
  const path = beside("expected.json");
  // Anybody may call a file so: only beside the recipe of a run it is the run's.
  const isOfRun = basename(source) === "predictions.jsonl" && existsSync(beside("resolved.json"));
  if (!isOfRun || !existsSync(path)) return undefined;
  const { askedSchema, askedSignature, holdToAsked } = await import("../../../eval/index.ts");
  const { readRecord } = await import("../../../track/read/index.ts");
  const asked = await readRecord(path, askedSchema);
  holdToAsked(rows, asked);
  return { items: asked.items, signature: askedSignature(asked) };
}

/**
 * Holds the rows against `--against`, else those of a run against what it was to answer; `--missing wrong` adds empty
 * answers.
 *
 * @throws TomoeError `USAGE_INVALID` for `--missing` alone; as `readNamed`, `holdAgainst`, `readRecord` and `holdToAsked`.
 */
export async function heldAgainst(call: Call, given: Predictions): Promise<Held> {
  const name = call.flags.text("against");
  if (name === undefined) {
    if (call.flags.has("missing"))
      throw usage({ name: "score" }, ["--missing says what to do with expected items: give --against too"]);
    const asked = await askedOfRun(given);
    return {
      rows: given.rows,
      expected: asked?.items ?? null,
      signature: asked?.signature,
      inputs: [],
      warnings: [],
    };
  }
  const { holdAgainst } = await import("../../../eval/index.ts");
  const expected = await readNamed(name, call, { file: "expected", isExpected: true });
  const missing = call.flags.text("missing") === "wrong" ? "wrong" : "refuse";
  const held = holdAgainst(given.rows, expected.rows, missing);
  const n = expected.rows.length;
  return {
    rows: held.rows,
    expected: n,
    inputs: [inputOf("expected", expected)],
    signature: `${n - held.missing} of ${n}@${expected.digest.slice(0, 16)}`,
    warnings:
      held.missing === 0
        ? []
        : [
            {
              code: "MISSING_SCORED_WRONG",
              message: `${held.missing} of ${n} expected items have no prediction and are scored as empty answers`,
            },
          ],
  };
}

/** What judges said, and the files that say it. */
export interface Judged {
  readonly judges: readonly JudgedScores[];
  readonly inputs: readonly Input[];
}

/**
 * Reads every file of `--judged` and holds it against the rows.
 *
 * @throws TomoeError as `readJudged` and `holdJudged`.
 */
export async function judgedFiles(call: Call, rows: readonly PredictionRow[]): Promise<Judged> {
  const { holdJudged, readJudged } = await import("../../../eval/index.ts");
  const judges: JudgedScores[] = [],
    inputs: Input[] = [];
  for (const name of call.flags.all("judged")) {
    const stream = await streamNamed(name, call);
    judges.push(...(await readJudged(stream.pieces, name, call.signal)));
    inputs.push(inputOf("judged", { source: stream.source, digest: stream.digest() }));
  }
  if (judges.length > 0) holdJudged(rows, judges);
  return { judges, inputs };
}

/** Parts of every signature, and what the reader should know. */
export interface Guarded {
  readonly provenance: readonly string[];
  readonly warnings: readonly Warning[];
}

/**
 * Holds the predictions of a run against what it was trained on, where it keeps a list of that beside them.
 *
 * @throws TomoeError `DATA_LEAK` for test patients or reports that it was trained on, without `--allow-leak`.
 */
export async function guarded(call: Call, { source, rows }: Predictions): Promise<Guarded> {
  // The conductor is loaded where there is a list alone: scoring needs no more of a run.
  if (source === "-" || !existsSync(join(dirname(source), "trained-on.json")))
    return { provenance: [], warnings: [] };
  const { guardRows } = await import("../../../run/index.ts");
  const verdict = await guardRows({ runDir: dirname(source), isAllowed: call.flags.has("allow-leak") }, rows);
  return { provenance: verdict === undefined ? [] : [verdict.signature], warnings: verdict?.warnings ?? [] };
}
