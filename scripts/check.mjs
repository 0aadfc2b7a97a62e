#!/usr/bin/env node
import { setUp } from "./setup.mjs";
import { runChecks } from "./support/checks.mjs";
// Types, lint and generated code, without the tests. Exits 1 when one of them fails.
import { passSignals } from "./support/child.mjs";
import { asFailure } from "./support/failure.mjs";
import { endTasksOnSignal } from "./support/task.mjs";

passSignals();
endTasksOnSignal();
try {
  const counts = await runChecks(await setUp({ dev: true }), (line) => console.log(line));
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.message}\n  ${failure.hint}`);
  process.exitCode = failure.exitCode;
}
