import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { TomoeError } from "../errors.ts";
import { startChild } from "../process/index.ts";
import { findPython } from "../worker/index.ts";
import { median } from "./rows.ts";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
const milliseconds = z.array(z.number()).nonempty();
const caseSchema = z.object({
  case: z.string(),
  ways: z.record(z.string(), z.object({ wallMs: milliseconds, cpuMs: milliseconds })),
  peakKiB: z.number().optional(),
  figures: z.record(z.string(), z.number()).optional(),
});

/** One case of a benchmark that runs in Python: the ways it compares, each with its rounds. */
export type PythonCase = z.infer<typeof caseSchema>;

/** Which module of py-runtime/bench, and its settings. */
export interface PythonBenchmark {
  readonly module: string;
  readonly settings: object;
}

/**
 * Runs a module of py-runtime/bench in a process of its own. Its threads sleep while they wait for each other,
 * so that CPU time counts work also beside busy neighbours.
 *
 * @returns the cases in the order they were measured.
 * @throws TomoeError `WORKER_START` with the end of its log when it fails, `ENVIRONMENT` without a Python.
 */
export async function pythonCases(
  { module, settings }: PythonBenchmark,
  note: (line: string) => void,
): Promise<readonly PythonCase[]> {
  const runtime = findPython(packageRoot, process.env);
  const folder = mkdtempSync(join(tmpdir(), "tomoe-bench-"));
  try {
    const child = startChild({
      command: runtime.python,
      args: ["-u", "-m", `bench.${module}`, JSON.stringify(settings)],
      env: { PYTHONPATH: runtime.runtimePath, OMP_WAIT_POLICY: "PASSIVE" },
      logFile: join(folder, `${module}.log`),
      maxLogBytes: 2 ** 20,
      readyChannel: true,
      graceMs: 5_000,
    });
    const cases: PythonCase[] = [];
    for await (const line of createInterface({ input: child.ready ?? process.stdin })) {
      const measured = caseSchema.parse(JSON.parse(line));
      note(`${module} ${measured.case}: done`);
      cases.push(measured);
    }
    const { exitCode, logTail } = await child.ended;
    if (exitCode === 0) return cases;
    throw new TomoeError("WORKER_START", `bench.${module} ended with ${exitCode}: ${logTail.join(" ")}`, {
      hint: "Run npm run setup -- --dev.",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rounds of one way of a case. */
export function roundsOf(measured: PythonCase, way: string): PythonCase["ways"][string] {
  const rounds = measured.ways[way];
  if (rounds !== undefined) return rounds;
  throw new TomoeError("INTERNAL", `case ${measured.case} has no way "${way}"`, {
    hint: "Report this as a bug.",
  });
}

/** Median wall time of one way, in milliseconds. */
export function wallOf(measured: PythonCase, way: string): number {
  return median(roundsOf(measured, way).wallMs);
}

/**
 * How many times `against` one way takes, round by round: the median, and the order statistics that hold the true
 * one in at least 95 of 100 repetitions (the extremes below six rounds). In wall and in CPU time.
 */
export function timesOf(
  ours: PythonCase["ways"][string],
  against: PythonCase["ways"][string],
): { readonly [figure: string]: number } {
  const ratios = (clock: "wallMs" | "cpuMs"): number[] =>
    ours[clock].map((value, round) => value / (against[clock][round] ?? Number.NaN));
  const sorted = ratios("wallMs").sort((left, right) => left - right);
  const outside = ranksOutside(sorted.length);
  return {
    timesWall: median(sorted),
    timesWallLow: sorted[outside] ?? Number.NaN,
    timesWallHigh: sorted[sorted.length - 1 - outside] ?? Number.NaN,
    timesCpu: median(ratios("cpuMs")),
  };
}

/** Values that may be left out at each end so that the median lies between the rest in 95 of 100 repetitions. */
function ranksOutside(count: number): number {
  let ways = 1;
  let tail = 2 ** -count;
  let ranks = 0;
  while (tail <= 0.025) {
    ranks += 1;
    ways = (ways * (count - ranks + 1)) / ranks;
    tail += ways * 2 ** -count;
  }
  return Math.max(ranks - 1, 0);
}
