import { jsonText } from "../../../files/index.ts";
import type { SweepState, SweepTrial } from "../../../sweep/index.ts";
import type { SweepLedger } from "../../../track/index.ts";
import { sweepDocument } from "./document.ts";
import { sweepPage } from "./page.ts";

/** The trials that came to their end, a line each: nothing in it tells when, where or in which run. */
export function trialLines(trials: readonly SweepTrial[]): string {
  return trials
    .filter(({ state }) => state !== "running" && state !== "waiting")
    .map(({ runId: _runId, ...row }) => `${JSON.stringify(row)}\n`)
    .join("");
}

/** Writes what is made of the ledger: `trials.jsonl`, `sweep.md` and `sweep.html`, and `best.json` once there is a best trial. */
export async function writeSweepFiles(ledger: SweepLedger, state: SweepState): Promise<void> {
  const document = sweepDocument(state, ledger.dir, false);
  const { trials, best } = document;
  await ledger.write("trials.jsonl", trialLines(trials));
  const { markdown, html } = sweepPage(state, document);
  await ledger.write("sweep.md", markdown);
  await ledger.write("sweep.html", html);
  const found = trials.find(({ number }) => number === best);
  if (found !== undefined) await ledger.write("best.json", jsonText(found.assignment));
}
