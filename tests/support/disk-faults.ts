import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliOptions, type CliResult, repository, startTomoe, tomoe } from "./cli.ts";
import { halfWritten, lostSteps, numbersOf, type RunNumbers } from "./run-numbers.ts";

const recipe = join(repository, "tests/fixtures/recipes/toy.ts");
/** The toy recipe with fewer steps: what is looked at are files. */
export const shorterRun: readonly string[] = [
  "run",
  recipe,
  "--json",
  ...["model.base.pretrain.1.steps=8", "stages.0.steps=12", "stages.0.checkpointEvery=6"].flatMap((value) => [
    "--set",
    value,
  ]),
];

/** The run that all others of a test are compared with. */
export interface Undisturbed {
  readonly folder: string;
  readonly runId: string;
  readonly dir: string;
  readonly numbers: RunNumbers;
  /** Environment of a faulty libc; empty where there is none. */
  readonly preload: Readonly<Record<string, string>>;
  /** Writes, flushes and renames in its runs folder, by program; 0 where nobody counted. */
  readonly calls: Readonly<Record<"node" | "python", number>>;
}

/** Runs `shorterRun` in `folder`, and counts what it asks of the disk where `preload` can. */
export async function undisturbedRun(
  folder: string,
  preload: Readonly<Record<string, string>>,
): Promise<Undisturbed> {
  const result = await tomoe(shorterRun, {
    cwd: folder,
    env: { ...preload, FAULTY_UNDER: join(folder, "runs"), FAULTY_COUNT: join(folder, "calls") },
  });
  if (result.code !== 0) throw new Error(`tomoe run ended with ${result.code}:\n${result.stderr}`);
  const { runId, dir } = JSON.parse(result.stdout) as { readonly runId: string; readonly dir: string };
  const counted = (program: string): number =>
    preload.LD_PRELOAD === undefined ? 0 : Number(readFileSync(join(folder, `calls.${program}`), "utf8"));
  return {
    folder,
    runId,
    dir,
    preload,
    numbers: await numbersOf(dir),
    calls: { node: counted("node"), python: counted("python") },
  };
}

/** What a failed command printed on stdout. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: { readonly path?: string };
}

export function failureOf(result: CliResult): Failure {
  return (JSON.parse(result.stdout) as { readonly error: Failure }).error;
}

/** Id of the one run in a runs folder. */
export function onlyRun(runs: string): string {
  const [runId, ...more] = readdirSync(runs).filter((name) => !name.startsWith(".creating-"));
  if (runId === undefined || more.length > 0)
    throw new Error(`there should be one run in ${runs}: ${readdirSync(runs).join(", ")}`);
  return runId;
}

/** A runs folder as the command is told, and as this process sees it. */
export interface RunsFolder {
  readonly given: string;
  readonly seen: string;
}

/**
 * Resumes the run that `ended` before its time. Null when it comes to its end with nothing lost, nothing half
 * written and the same numbers; else what is wrong.
 */
export async function problemsOfResume(
  undisturbed: Undisturbed,
  ended: CliResult,
  runs: RunsFolder,
  options: CliOptions,
): Promise<unknown> {
  const runId = onlyRun(runs.seen),
    dir = join(runs.seen, runId);
  const lost = await lostSteps(ended.stderr, dir);
  const resumed = await tomoe(["run", "--resume", runId, "--json", "--runs", runs.given], options);
  if (resumed.code !== 0) return [resumed.code, resumed.stderr];
  const half = await halfWritten(dir);
  const same = JSON.stringify(await numbersOf(dir)) === JSON.stringify(undisturbed.numbers);
  return lost.length === 0 && half.length === 0 && same ? null : { lost, half, same };
}

/** One way in which a disk fails under a run. */
export interface DiskFault {
  readonly name: string;
  /** `FAULTY_*` of faulty_libc.c. */
  readonly env: Readonly<Record<string, string>>;
  /** With FAULTY_WHEN's moment: the line after which it begins. */
  readonly after?: RegExp;
  /** How the run may end, as "74 IO_FAILED" or "0 ok". */
  readonly ends: readonly string[];
}

/** One call of one program fails: the first is share 0, the last share 1. */
export function failingCall(
  undisturbed: Undisturbed,
  program: "node" | "python",
  share: number,
  errno: "EIO" | "ENOSPC",
): DiskFault {
  const call = 1 + Math.round((undisturbed.calls[program] - 1) * share);
  return {
    name: `${program}-${errno}-${call}`,
    ends: errno === "EIO" ? ["0 ok", "74 IO_FAILED"] : ["0 ok", "74 DISK_FULL"],
    env: { FAULTY_PROGRAM: program, FAULTY_CALL: String(call), FAULTY_ERRNO: errno === "EIO" ? "5" : "28" },
  };
}

/**
 * Null when a run under `fault` ends as it should, says where and what to do, and resumed without it gives
 * the undisturbed numbers; else what is wrong.
 */
export async function problemsOf(
  undisturbed: Undisturbed,
  { name, env, after, ends }: DiskFault,
): Promise<unknown> {
  const { folder, preload } = undisturbed;
  const runs = join(folder, name),
    mark = join(folder, `${name}.now`);
  const call = startTomoe([...shorterRun, "--runs", runs], {
    cwd: folder,
    env: {
      ...preload,
      FAULTY_UNDER: runs,
      FAULTY_WHEN: mark,
      FAULTY_ONCE: join(folder, `${name}.once`),
      ...env,
    },
  });
  if (after !== undefined) {
    await call.line(after);
    writeFileSync(mark, "");
  }
  const result = await call.done;
  const failure = result.code === 0 ? null : failureOf(result);
  if (!ends.includes(`${result.code} ${failure?.code ?? "ok"}`)) return { name, result };
  if (failure !== null && !(failure.details.path?.startsWith(runs) === true && failure.hint.length > 20))
    return { name, failure };
  // Before the folder has its name nothing was begun, and nothing is left.
  if (readdirSync(runs).length === 0) return null;
  const problem = await problemsOfResume(undisturbed, result, { given: runs, seen: runs }, { cwd: folder });
  return problem === null ? null : { name, problem, stderr: result.stderr };
}

/** Does `jobs` two at a time: a run keeps one core busy, by turns on either side. */
export async function twoAtATime<T, R>(
  jobs: readonly T[],
  work: (job: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [],
    left = [...jobs.entries()];
  await Promise.all(
    [0, 1].map(async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift())
        results[next[0]] = await work(next[1]);
    }),
  );
  return results;
}
