#!/usr/bin/env node
// Writes the table of measures into ARCHITECTURE.md, and prints what keeps its goals from being reached. Exits 1
// and writes nothing when a goal that was reached is missed again.
import { setUp } from "./setup.mjs";
import { passSignals } from "./support/child.mjs";
import { asFailure } from "./support/failure.mjs";
import { endTasksOnSignal, runTask } from "./support/task.mjs";

passSignals();
endTasksOnSignal();
try {
  const { node } = await setUp({ dev: true });
  const args = ["--disable-warning=ExperimentalWarning", "tests/support/measure-table.ts"];
  const { status } = await runTask({ name: "measure", command: node, args, live: true });
  process.exitCode = status ?? 1;
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.message}\n  ${failure.hint}`);
  process.exitCode = failure.exitCode;
}
