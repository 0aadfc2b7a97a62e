import { readText } from "../../../files/index.ts";
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
