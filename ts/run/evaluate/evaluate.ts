import { askedOf, askedSignature, scorePredictions } from "../../eval/index.ts";
import { jsonText } from "../../files/index.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import { readRows } from "../../track/read/index.ts";
import type { Attempt } from "../job.ts";
import { confusionOf, recordRoutes, routeOfRow } from "../routes.ts";
import { answerMissing, planInAnswers } from "./answers.ts";
import { provenanceOf, scoreBeside } from "./beside.ts";
import { evaluatedCases } from "./cases.ts";
import { measureRows } from "./measured.ts";
import { receiptName } from "./receipt-name.ts";
import { writeScorecard } from "./scorecard.ts";

/**
 * Asks the trained model everything about the held-out cases, records every answer, scores them, and writes
 * the scorecard and the receipt of every evaluated volume into the run folder.
 *
 * @throws TomoeError of the worker, `TRAIN_DIVERGED`, `REPLAY_DIVERGED`, `DISK_FULL`; `CANCELLED`.
 */
export async function evaluateRun(attempt: Attempt): Promise<readonly ScorecardEntry[]> {
  const { owned, resolved, corpus } = attempt.job;
  const plan = await planInAnswers(attempt.job);
  const log = await owned.predictions();
  const cases = evaluatedCases(attempt.job);
  await answerMissing({ ...attempt, cases, plan, log, phase: "evaluate" });
  const asked = askedOf(cases.flatMap(({ subject, items }) => items.map((item) => ({ ...item, subject }))));
  await owned.write("expected.json", jsonText(asked));
  const rows = await readRows(owned.paths.predictions);
  await recordRoutes(attempt.job, "evaluation", confusionOf(rows.map(routeOfRow)));
  const ofVolumes = scorePredictions(rows, {
    profile: "strict",
    tasks: resolved.config.tasks,
    answered: resolved.config.evaluation,
    expected: askedSignature(asked),
    provenance: provenanceOf(corpus),
    measured: await measureRows({ ...attempt, rows }),
  });
  const entries = [...ofVolumes, ...(await scoreBeside(attempt, plan))];
  await writeScorecard({ owned, entries });
  for (const [id, receipt] of corpus.receipts)
    await owned.write(`receipts/${receiptName(id)}`, jsonText(receipt));
  return entries;
}
