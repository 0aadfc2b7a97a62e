#!/usr/bin/env node
// Draws data sets of known truth and writes ts/eval/interval/TABLE.md: how often intervals hold it, and tests reject equal
// systems. Exits 1 where a cell is out of bounds.
import { setUp } from "./setup.mjs";
import { passSignals } from "./support/child.mjs";
import { asFailure } from "./support/failure.mjs";
import { endTasksOnSignal, runTask } from "./support/task.mjs";

passSignals();
endTasksOnSignal();
try {
  const { node } = await setUp({ dev: true });
  const args = ["--disable-warning=ExperimentalWarning", "tests/support/coverage-table.ts"];
  const { status } = await runTask({ name: "coverage-table", command: node, args, live: true });
  process.exitCode = status ?? 1;
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.message}\n  ${failure.hint}`);
  process.exitCode = failure.exitCode;
}
