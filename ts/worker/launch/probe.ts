import { z } from "zod";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { parseJson } from "../../files/index.ts";
import { leastPython, leastVersions } from "../../gen/python.ts";
import { runBounded } from "../../process/index.ts";
import type { WorkerLaunch } from "./options.ts";
import type { PythonRuntime } from "./python.ts";
import { findPython, pythonHints } from "./python.ts";

const versions = z.record(z.string(), z.nullable(z.string()));
const reportSchema = z.object({
  python: z.string(),
  executable: z.string(),
  /** Version of each distribution that was asked for; null where it is not installed. */
  packages: versions,
  /** What each import that was asked for said; null where it worked. */
  imports: versions,
  torch: z.nullable(
    z.object({
      version: z.string(),
      cudaBuild: z.nullable(z.string()),
      devices: z.array(
        z.object({
          name: z.string(),
          totalBytes: z.number(),
          /** Whether it multiplies bfloat16 itself. */
          bfloat16: z.boolean(),
        }),
      ),
      cpuCapability: z.string(),
      /** Whether the processor multiplies bfloat16 itself. */
      bfloat16: z.boolean(),
      threads: z.number(),
    }),
  ),
});

/** What `python -m tomoe_worker.probe` prints. */
export type ProbeReport = z.infer<typeof reportSchema>;

export interface ProbeRequest {
  readonly packages: readonly string[];
  /** Modules to import; none: metadata alone is read, in well under a second. */
  readonly imports: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxOutputBytes = 1024 * 1024;
const quickMs = 20_000;
const importMs = 120_000;

/**
 * Has the interpreter look at itself, without starting a worker.
 *
 * @throws TomoeError `ENVIRONMENT` when it fails or answers with something else than a report,
 * `PROCESS_TIMEOUT`, `CANCELLED`.
 */
export async function probePython(
  { python, runtimePath }: PythonRuntime,
  request: ProbeRequest,
): Promise<ProbeReport> {
  const {
    stdout,
    stderr,
    exitCode,
    signal: killedBy,
  } = await runBounded({
    command: python,
    args: [
      "-m",
      "tomoe_worker.probe",
      "--packages",
      ...request.packages,
      ...(request.imports.length === 0 ? [] : ["--import", ...request.imports]),
    ],
    env: { PYTHONPATH: runtimePath, PYTHONDONTWRITEBYTECODE: "1" },
    timeoutMs: request.timeoutMs,
    maxOutputBytes,
    signal: request.signal,
  });
  if (exitCode !== 0)
    throw notPython(
      python,
      `the probe ended with ${killedBy ?? `exit code ${exitCode}`}: ${stderr.trim().split("\n").at(-1) ?? ""}`,
      killedBy,
    );
  const text = Buffer.from(stdout).toString("utf8");
  return parseJson(text, "the probe", reportSchema, (_where, what) =>
    notPython(
      python,
      `it answered the probe with ${JSON.stringify(text.slice(0, 80))}, and ${what}; is it a Python?`,
    ),
  );
}

/**
 * Refuses a Python that no worker could start on, before anything is written: too old, a package missing,
 * torch too old. Takes a fraction of a second. A probe
 * that somebody killed says nothing of Python: the start of the worker will tell.
 *
 * @throws TomoeError `ENVIRONMENT` naming what is wrong and the command that fixes it.
 */
export async function requirePython(packageRoot: string, signal: AbortSignal): Promise<void> {
  const runtime = findPython(packageRoot);
  const wanted = Object.keys(leastVersions);
  const report = await probePython(runtime, {
    packages: wanted,
    imports: [],
    timeoutMs: quickMs,
    signal,
  }).catch((error: unknown) => {
    if (isTomoeError(error) && (error.details.killedBy === "SIGKILL" || error.details.killedBy === "SIGTERM"))
      return undefined;
    throw isTomoeError(error) && error.code === "PROCESS_TIMEOUT"
      ? notPython(runtime.python, `it did not answer within ${quickMs / 1000} s`)
      : error;
  });
  if (report === undefined) return;
  const { python, executable, packages } = report;
  if (isOldPython(python))
    throw unfit(`Python ${python} at ${executable} is older than ${leastPython}`, {
      found: python,
      needed: leastPython,
    });
  const missing = wanted.filter((name) => packages[name] === null);
  if (missing.length > 0) throw unfit(`the Python at ${executable} lacks ${missing.join(", ")}`, { missing });
  const torch = packages.torch ?? "";
  if (isOldTorch(torch))
    throw unfit(`torch ${torch} at ${executable} is older than ${leastTorch}`, {
      found: torch,
      needed: leastTorch,
    });
}

/**
 * Whether the device that workers would compute on multiplies bfloat16 itself: asked of torch, which takes some
 * seconds.
 *
 * @throws TomoeError `ENVIRONMENT` when torch cannot be imported, and as `probePython`.
 */
export async function hasBfloat16(
  packageRoot: string,
  device: WorkerLaunch["device"],
  signal: AbortSignal,
): Promise<boolean> {
  const runtime = findPython(packageRoot);
  const asked = { packages: [], imports: ["torch"], timeoutMs: importMs, signal };
  const { torch, imports } = await probePython(runtime, asked);
  if (torch === null) throw notPython(runtime.python, `torch cannot be imported: ${imports.torch ?? ""}`);
  const onGpu = device === "cuda" || (device === "auto" && torch.devices.length > 0);
  return onGpu ? torch.devices.every(({ bfloat16 }) => bfloat16) : torch.bfloat16;
}

/** The oldest torch that the worker runs on. */
export const leastTorch = leastVersions.torch ?? "";

/** True for a Python below `leastPython`. */
export function isOldPython(version: string): boolean {
  return isOlder(version, leastPython);
}

/** True for a torch below `leastTorch`. */
export function isOldTorch(version: string): boolean {
  return isOlder(version, leastTorch);
}

function isOlder(version: string, least: string): boolean {
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(least);
  // So that a version that is no number counts as too old.
  return !(major > leastMajor || (major === leastMajor && minor >= leastMinor));
}

function numbers(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10));
}

function notPython(python: string, why: string, killedBy: string | null = null): TomoeError {
  return unfit(`${python}: ${why}`, { python, killedBy });
}

function unfit(
  what: string,
  details: { readonly [key: string]: string | null | readonly string[] },
): TomoeError {
  return new TomoeError("ENVIRONMENT", what, {
    hint: process.env.TOMOE_PYTHON ? pythonHints.own : pythonHints.ours,
    details,
  });
}
