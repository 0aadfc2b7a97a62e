import { readText } from "../../../files/index.ts";
import type { Call, Outcome } from "../../words/command.ts";

/** `tomoe score`: a scorecard for a file of predictions, with nothing computed anew. */
export async function score({ arguments: [path = ""], flags, signal }: Call): Promise<Outcome> {
  const { parsePredictions, renderScorecard, scorePredictions } = await import("../../../eval/index.ts");
  const { bootstrapOptions } = await import("../../../schema/options/evaluation.ts");
  const rows = parsePredictions(await readText(path, signal));
  const scorecard = scorePredictions(rows, {
    profile: flags.text("profile") === "m3d-compat" ? "m3d-compat" : "strict",
    // As for an experiment that says nothing else.
    bootstrap: { resamples: bootstrapOptions.resamples.default, seed: bootstrapOptions.seed.default },
  });
  return { document: { ok: true, scorecard } as Outcome["document"], text: renderScorecard(scorecard) };
}
