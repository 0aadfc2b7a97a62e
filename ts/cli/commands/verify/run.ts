import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type JsonValue, TomoeError } from "../../../errors.ts";
import { packageRoot } from "../../../files/index.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { runsDirOf } from "../../words/run-flags.ts";
import { verifyAnswer } from "./document.ts";

const timeoutMs = 6 * 60 * 60_000;

/** Figures that a message tells; the details hold the others. */
const toldAtMost = 10;

/** A name without a slash or a dot may be a run's or an eval's. */
const isName = (word: string): boolean => /^[\w-]+$/.test(word);

/**
 * The path of what is to be verified: a file, a folder, or the folder of a run or eval of that name.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `RUN_NOT_FOUND`; `USAGE_INVALID` for a name that is both.
 */
async function pathOf(word: string, call: Pick<Call, "flags">): Promise<string> {
  const isThere = existsSync(word);
  if (!isName(word)) {
    if (isThere) return word;
    throw new TomoeError("PATH_NOT_FOUND", `there is no file or folder ${word}`, {
      hint: "Give a scorecard.json or results.json, a run or eval folder, or a log that names them.",
      details: { path: word },
    });
  }
  const ofEval = join("evals", word);
  if (!isThere && existsSync(ofEval) && statSync(ofEval).isDirectory()) return ofEval;
  const { openRun } = await import("../../../track/read/index.ts");
  const opened = openRun(runsDirOf(call.flags), word).then(({ paths }) => dirname(paths.resolved));
  if (!isThere) return await opened;
  const run = await opened.catch(() => undefined);
  if (run === undefined) return word;
  throw new TomoeError("USAGE_INVALID", `"${word}" is a path and a run`, {
    hint: `Write "./${word}" for the path, or the whole id of the run.`,
    details: { path: word, run },
  });
}

const shownAs = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** `tomoe verify`: the reference libraries derive what a document prints. */
export async function verify(call: Call): Promise<Outcome> {
  const result = await pathOf(call.arguments[0] ?? "", call);
  const { oneJob } = await import("../../../worker/index.ts");
  const {
    differing,
    missing,
    ok: _ok,
    ...told
  } = await oneJob({
    packageRoot: packageRoot(),
    module: "tomoe_worker.verify",
    request: { result },
    answer: verifyAnswer,
    doing: "derive the figures",
    timeoutMs,
    env: process.env,
    signal: call.signal,
  });
  const wrong = [
    ...differing.map(
      ({ figure, printed, derived }) => `${figure}: printed ${shownAs(printed)}, derived ${shownAs(derived)}`,
    ),
    ...missing.map(({ figure, why }) => `${figure}: ${why}`),
  ];
  if (wrong.length > 0) {
    const more = wrong.length > toldAtMost ? [`... and ${wrong.length - toldAtMost} more`] : [];
    throw new TomoeError(
      "RECORD_INVALID",
      [
        `${told.figures - told.equal} of ${told.figures} figures are not derived from their rows:`,
        ...wrong.slice(0, toldAtMost).map(plainText),
        ...more,
      ].join("\n"),
      {
        hint: "A figure that differs was not made from these rows by the rule its signature names: score again, and compare.",
        details: { ...told, differing, missing } as unknown as Record<string, JsonValue>,
      },
    );
  }
  const libraries = Object.entries(told.by.libraries).map(([name, version]) => `${name} ${version}`);
  const read = told.inputs.map(({ path, sha256 }) => `  ${plainText(path)}  sha256 ${sha256.slice(0, 16)}`);
  return {
    document: { ok: true as const, ...told },
    text: [
      `${told.equal} of ${told.figures} figures derived again, by Python ${told.by.python} with ${libraries.join(", ")}`,
      ...read,
    ].join("\n"),
  };
}
