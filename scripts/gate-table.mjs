#!/usr/bin/env node
// Runs the campaign of the HU gate and writes its table, ts/data/volume/hu/TABLE.md. Exits 1 when fewer than 99 % of the
// corrupted copies are caught or an uncorrupted one is refused.
import { setUp } from "./setup.mjs";
import { passSignals } from "./support/child.mjs";
import { asFailure } from "./support/failure.mjs";
import { endTasksOnSignal, runTask } from "./support/task.mjs";

passSignals();
endTasksOnSignal();
try {
  const { node } = await setUp({ dev: true });
  const args = ["--disable-warning=ExperimentalWarning", "tests/support/hu-campaign/table.ts"];
  const { status } = await runTask({ name: "gate-table", command: node, args, live: true });
  process.exitCode = status ?? 1;
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.message}\n  ${failure.hint}`);
  process.exitCode = failure.exitCode;
}
