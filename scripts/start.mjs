#!/usr/bin/env node
// The main job: sets up what is missing, then a new run of the embedded recipe from the first step to the
// scorecard.
// Further arguments go to `tomoe run`: npm start -- --seed 11 --set stages.0.steps=10
import { join } from "node:path";
import { setUp } from "./setup.mjs";
import { checkStop, passSignals, runAttached } from "./support/child.mjs";
import { asFailure } from "./support/failure.mjs";
import { packageRoot } from "./support/places.mjs";

passSignals();
try {
  const { node } = await setUp();
  checkStop();
  const args = [
    join(packageRoot, "scripts/tomoe.mjs"),
    "run",
    join(packageRoot, "ts/recipes/phantom-tiny.ts"),
    ...process.argv.slice(2),
  ];
  process.exitCode = await runAttached(node, args, { cwd: process.cwd() });
} catch (error) {
  const failure = asFailure(error);
  if (process.argv.includes("--json")) console.log(JSON.stringify(failure.toDocument()));
  console.error(`${failure.message}\n  ${failure.hint}`);
  process.exitCode = failure.exitCode;
}
