#!/usr/bin/env node
// Everything that needs no GPU: set-up with the test tools, the checks, then jest and pytest. The last line
// counts over all of them.
// Usage: npm test [-- PATTERN] | npm run test:nightly | npm run test:soak. PATTERN is a regular expression on
// test file paths.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setUp } from "./setup.mjs";
import { runChecks } from "./support/checks.mjs";
import { passSignals } from "./support/child.mjs";
import { asFailure, ScriptFailure } from "./support/failure.mjs";
import { campaigns, countsOf, plan, testFiles } from "./support/suites.mjs";
import { endTasksOnSignal, runPool, wasInterrupted } from "./support/task.mjs";

const total = { passed: 0, failed: 0, skipped: 0 };
const slowest = [],
  broken = [],
  notes = [];
const print = (line) => process.stdout.write(`${line}\n`);

function add(counts) {
  for (const key of ["passed", "failed", "skipped"]) total[key] += counts[key];
  slowest.push(...(counts.slowest ?? []));
  broken.push(...(counts.broken ?? []));
  if (counts.note !== undefined) notes.push(counts.note);
}

/** Which files a call asks for; throws USAGE_INVALID for an unknown flag or a pattern that fits no file. */
function choose(args) {
  const flags = args.filter((arg) => arg.startsWith("-")),
    patterns = args.filter((arg) => !arg.startsWith("-"));
  const campaign = campaigns.find((name) => flags.includes(`--${name}`));
  const unknown = flags.find((flag) => !campaigns.some((name) => flag === `--${name}`));
  if (unknown !== undefined || patterns.length > 1) {
    throw new ScriptFailure(
      "USAGE_INVALID",
      `test does not know ${unknown ?? patterns[1]}`,
      "It takes one PATTERN on test file paths, --nightly or --soak.",
    );
  }
  const inCampaign = (file, name) => file.startsWith(`tests/${name}/`);
  // The soak repeats the nightly campaign at its own size (TOMOE_CAMPAIGN) and adds what is worth running
  // there alone.
  const wanted =
    campaign === undefined
      ? (file) => !campaigns.some((name) => inCampaign(file, name))
      : (file) => inCampaign(file, "nightly") || (campaign === "soak" && inCampaign(file, "soak"));
  let pattern;
  try {
    pattern = new RegExp(patterns[0] ?? "");
  } catch (error) {
    throw new ScriptFailure(
      "USAGE_INVALID",
      error.message,
      "PATTERN is a regular expression on test file paths.",
    );
  }
  const all = testFiles();
  const chosen = {
    jest: all.jest.filter((file) => wanted(file) && pattern.test(file)),
    pytest: all.pytest.filter((file) => wanted(file) && pattern.test(file)),
  };
  if (chosen.jest.length + chosen.pytest.length === 0) {
    throw new ScriptFailure(
      "USAGE_INVALID",
      `no test file${patterns[0] === undefined ? "" : ` fits ${patterns[0]}`}${campaign === undefined ? "" : ` in the ${campaign} campaign`}`,
      "Paths look like tests/unit/ts/router/route.test.ts and tests/unit/py/model/lift/test_moe.py.",
    );
  }
  return { ...chosen, campaign, whole: campaign === undefined && patterns.length === 0 };
}

async function runSuites(ready, chosen, work) {
  const planned = plan(ready, chosen, work);
  // A campaign has the machine to itself. Else one lane more than cores: some tests wait, for a link to die or a lock.
  const width = chosen.campaign === undefined ? Math.min(availableParallelism() + 1, 6) : 1;
  // A lone suite prints as it goes; several side by side print in one piece each.
  const live = planned.length === 1 || width === 1;
  const tasks = planned.map((task) => ({ ...task, live }));
  print(`\nrunning ${tasks.map((task) => task.name).join(", ")}`);
  const begun = performance.now();
  const beat = setInterval(() => {
    if (!live) console.error(`still running after ${Math.round((performance.now() - begun) / 1000)} s`);
  }, 60_000);
  await runPool(tasks, width, (result) => {
    const task = tasks.find(({ name }) => name === result.name);
    if (!task.live) print(`\n${result.output}`);
    const counts = countsOf(task, result);
    add(counts);
    print(
      `${counts.failed === 0 ? "ok    " : "FAILED"} ${task.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${result.seconds.toFixed(1)} s)`,
    );
  });
  clearInterval(beat);
}

passSignals();
endTasksOnSignal();
const started = performance.now();
const work = mkdtempSync(join(tmpdir(), "tomoe-test-"));
try {
  const chosen = choose(process.argv.slice(2));
  const ready = await setUp({ dev: true });
  if (chosen.whole) add(await runChecks(ready, print));
  await runSuites(ready, chosen, work);
  print("\nslowest tests:");
  for (const { title, seconds } of slowest.sort((a, b) => b.seconds - a.seconds).slice(0, 12))
    print(`  ${seconds.toFixed(1).padStart(6)} s  ${title}`);
  // Once more at the end: the log of several lanes is long, and a machine that judges keeps its last lines.
  for (const { title, reason } of broken) print(`failed: ${title}: ${reason}`);
  for (const note of notes) print(`note: ${note}`);
  print(`all of it took ${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
  print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = wasInterrupted() ? 130 : total.failed === 0 ? 0 : 1;
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.message}\n  ${failure.hint}`);
  print("0 passed, 1 failed, 0 skipped");
  process.exitCode = failure.exitCode;
} finally {
  rmSync(work, { recursive: true, force: true });
}
