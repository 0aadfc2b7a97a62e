import { readFile } from "node:fs/promises";
import { TomoeError } from "../../../errors.ts";
import type { Call, Outcome } from "../../words/command.ts";

/** Resamples and seed of the confidence intervals: those of an experiment that says nothing else. */
const bootstrap = { resamples: 2000, seed: 0 } as const;

/** `tomoe score`: a scorecard for a file of predictions, with nothing computed anew. */
export async function score({ arguments: [path = ""], flags, signal }: Call): Promise<Outcome> {
  const { parsePredictions, renderScorecard, scorePredictions } = await import("../../../eval/index.ts");
  const rows = parsePredictions(await readText(path, signal));
  const scorecard = scorePredictions(rows, {
    profile: flags.text("profile") === "m3d-compat" ? "m3d-compat" : "strict",
    bootstrap,
  });
  return { document: { ok: true, scorecard } as Outcome["document"], text: renderScorecard(scorecard) };
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: "utf8", signal });
  } catch (cause) {
    const errno =
      typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown";
    if (errno === "ENOENT")
      throw new TomoeError("PATH_NOT_FOUND", `there is no file ${path}`, {
        hint: "Give a file of prediction rows, such as RUN/predictions.jsonl.",
        details: { path },
      });
    if (errno === "ABORT_ERR") throw cause;
    const denied = errno === "EACCES" || errno === "EPERM";
    throw new TomoeError(denied ? "PERMISSION" : "IO_FAILED", `cannot read ${path}: ${errno}`, {
      hint: denied ? "Give this user the right to read it." : "Give a plain file of JSON lines.",
      details: { path, errno },
      cause,
    });
  }
}
