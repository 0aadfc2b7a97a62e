// jest and pytest as tasks that leave their counts in files, so that one line can be printed over both.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { packageRoot } from "./places.mjs";

/** Folders under tests/ of the longer campaigns: not part of a plain `npm test`. */
export const campaigns = ["nightly", "soak"];

/** All test files below tests/ as paths from the package root, TypeScript and Python apart. */
export function testFiles() {
  const files = readdirSync(join(packageRoot, "tests"), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name)))
    .sort();
  return {
    jest: files.filter((file) => file.endsWith(".test.ts")),
    pytest: files.filter((file) => /(^|\/)test_[^/]*\.py$/.test(file)),
  };
}

/** Many files in one that imports them: tests/support/together/files.mjs says why. */
export function jestTask(ready, { name, files, countsFile, env = {} }) {
  return {
    name,
    command: ready.node,
    countsFile,
    readCounts: jestCounts,
    env: { ...env, TOMOE_TEST_FILES: files.join("\n") },
    args: [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      // Voxels lie outside the heap. Each 64 MiB of them has all modules of all tests looked through for garbage, unless
      // the limit is that of the whole: an eighth of the CPU time of 380 tests.
      "--external-memory-accounted-in-global-limit",
      "--min-semi-space-size=16",
      "node_modules/jest/bin/jest.js",
      "--maxWorkers=1",
      // A failed test leaves open what it opened: the runner ends all the same.
      "--forceExit",
      "--json",
      `--outputFile=${countsFile}`,
      "--env=./tests/support/together/environment.mjs",
      "--testMatch=**/tests/support/together/files.mjs",
    ],
  };
}

export function pytestTask(ready, { name, files, countsFile, env = {} }) {
  return {
    name,
    command: ready.python,
    countsFile,
    readCounts: pytestCounts,
    env,
    args: ["-m", "pytest", `--junitxml=${countsFile}`, "-o", "junit_family=xunit2", ...files],
  };
}

/** A file that replaces a module, which those beside it would see: it has a runner of its own. */
const isAlone = (file) => file.endsWith("-alone.test.ts");

const firstWord = (file) => basename(file).split(/[-.]/)[0];

/** Files dealt out to so many runners, that all lanes have work to the end; each gets some of every folder. */
function inParts(files, parts) {
  return Array.from({ length: parts }, (_, part) => files.filter((_file, at) => at % parts === part));
}

/**
 * What runs, longest first, for a few lanes: each runner on one worker. Those of a campaign run one after
 * the other.
 */
export function plan(ready, chosen, work) {
  const env = chosen.campaign === undefined ? {} : { TOMOE_CAMPAIGN: chosen.campaign };
  const limitMs = chosen.campaign === undefined ? 40 * 60_000 : 12 * 3_600_000;
  const task = (make, name, files) =>
    files.length === 0
      ? []
      : [{ ...make(ready, { name, files, env, countsFile: join(work, name) }), limitMs }];
  if (chosen.campaign !== undefined)
    return [
      ...task(pytestTask, `pytest-${chosen.campaign}`, chosen.pytest),
      ...task(jestTask, `jest-${chosen.campaign}`, chosen.jest),
    ];
  const below = (folder) =>
    chosen.jest.filter((file) => file.startsWith(`tests/${folder}/`) && !isAlone(file));
  const ofModels = chosen.pytest.filter((file) => file.startsWith("tests/unit/py/model/"));
  return [
    ...task(pytestTask, "pytest-model", ofModels),
    ...inParts(below("unit"), 3).flatMap((files, at) => task(jestTask, `jest-unit-${at + 1}`, files)),
    ...chosen.jest.filter(isAlone).flatMap((file) => task(jestTask, basename(file, ".test.ts"), [file])),
    ...task(jestTask, "jest-contract-and-repo", [...below("contract"), ...below("repo")]),
    ...task(
      pytestTask,
      "pytest",
      chosen.pytest.filter((file) => !ofModels.includes(file)),
    ),
    // Whole runs, a task for the files of one first word, which may share one; backwards by name the longest begins.
    ...[...new Set(below("e2e").map(firstWord))].toReversed().flatMap((name) =>
      task(
        jestTask,
        name,
        below("e2e").filter((file) => firstWord(file) === name),
      ),
    ),
  ];
}

/** What a reason begins with, without the colours of a terminal. */
const firstLine = (text = "") => stripVTControlCharacters(text).split("\n", 1)[0].slice(0, 300);

/** A suite that could not be loaded names no failed test: it counts as one. */
function jestCounts(file) {
  const results = JSON.parse(readFileSync(file, "utf8"));
  const tests = results.testResults.flatMap((suite) => suite.assertionResults);
  const slowest = tests.map((test) => ({ title: test.fullName, seconds: (test.duration ?? 0) / 1000 }));
  const broken = tests
    .filter(({ status }) => status === "failed")
    .map((test) => ({ title: test.fullName, reason: firstLine(test.failureMessages[0]) }));
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
    slowest,
    broken,
  };
}

const entities = { "&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const attribute = (tag, name) =>
  new RegExp(` ${name}="([^"]*)"`)
    .exec(tag)?.[1]
    ?.replaceAll(/&\w+;/g, (entity) => entities[entity] ?? entity) ?? "";

const titleOf = (tag) => `${attribute(tag, "classname")} ${attribute(tag, "name")}`;

function pytestCounts(file) {
  const xml = readFileSync(file, "utf8");
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? "";
  const total = (name) => Number(attribute(suite, name));
  const failed = total("failures") + total("errors"),
    skipped = total("skipped");
  const slowest = [...xml.matchAll(/<testcase [^>]*>/g)].map(([tag]) => ({
    title: titleOf(tag),
    seconds: Number(attribute(tag, "time")),
  }));
  const broken = [...xml.matchAll(/(<testcase [^>]*>)\s*(<(?:failure|error) [^>]*>)/g)].map(
    ([, test, why]) => ({ title: titleOf(test), reason: firstLine(attribute(why, "message")) }),
  );
  return { passed: total("tests") - failed - skipped, failed, skipped, slowest, broken };
}

/**
 * Counts of a finished suite. A suite that ended badly without naming a failed test, or left no counts, is
 * itself one failure;
 * so is one that ran nothing.
 */
export function countsOf(task, result) {
  const none = { passed: 0, failed: 0, skipped: 0, slowest: [] };
  let counts = none;
  try {
    if (existsSync(task.countsFile)) counts = task.readCounts(task.countsFile);
  } catch {
    counts = none;
  }
  const ran = counts.passed + counts.failed + counts.skipped > 0;
  const unexplained = (result.status !== 0 && counts.failed === 0) || !ran;
  return unexplained
    ? {
        ...counts,
        failed: counts.failed + 1,
        note: `${task.name} ended with ${result.status ?? "a signal"} and ${ran ? "no failed test" : "no test run"}`,
      }
    : counts;
}
