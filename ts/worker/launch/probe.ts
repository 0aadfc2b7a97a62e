import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { runBounded } from "../../process/index.ts";
import type { PythonRuntime } from "./python.ts";
import { findPython } from "./python.ts";

/** What `python -m tomoe_worker.probe` prints. */
export interface ProbeReport {
  readonly python: string;
  readonly executable: string;
  /** Version of each distribution that was asked for; null where it is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  /** What each import that was asked for said; null where it worked. */
  readonly imports: Readonly<Record<string, string | null>>;
  readonly torch: {
    readonly version: string;
    readonly cudaBuild: string | null;
    readonly devices: readonly { readonly name: string; readonly totalBytes: number }[];
    readonly cpuCapability: string;
    readonly threads: number;
  } | null;
}

export interface ProbeRequest {
  readonly packages: readonly string[];
  /** Modules to import; none: metadata alone is read, in well under a second. */
  readonly imports: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxOutputBytes = 1024 * 1024;
const quickMs = 20_000;

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
  try {
    return JSON.parse(text) as ProbeReport;
  } catch {
    throw notPython(
      python,
      `it answered the probe with ${JSON.stringify(text.slice(0, 80))}; is it a Python?`,
    );
  }
}

/**
 * Refuses a Python that no worker could start on, before anything is written: too old, a package missing,
 * torch too old. Takes a fraction of a second. A probe
 * that somebody killed says nothing of Python: the start of the worker will tell.
 *
 * @throws TomoeError `ENVIRONMENT` naming what is wrong and the command that mends it.
 */
export async function requirePython(packageRoot: string, signal: AbortSignal): Promise<void> {
  const runtime = findPython(packageRoot);
  const wanted = directDependencies(packageRoot);
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
    throw unfit(`Python ${python} at ${executable} is older than 3.11`, { found: python, needed: "3.11" });
  const missing = wanted.filter((name) => packages[name] === null);
  if (missing.length > 0) throw unfit(`the Python at ${executable} lacks ${missing.join(", ")}`, { missing });
  const torch = packages.torch ?? "";
  if (isOldTorch(torch))
    throw unfit(`torch ${torch} at ${executable} is older than 2.11`, { found: torch, needed: "2.11" });
}

/** True below Python 3.11. */
export function isOldPython(version: string): boolean {
  return isOlder(version, 3, 11);
}

/** True below torch 2.11. */
export function isOldTorch(version: string): boolean {
  return isOlder(version, 2, 11);
}

function isOlder(version: string, leastMajor: number, leastMinor: number): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  // So that a version that is no number counts as too old.
  return !(major > leastMajor || (major === leastMajor && minor >= leastMinor));
}

/** Distributions that the worker imports, torch among them, as pyproject.toml names them. */
function directDependencies(packageRoot: string): readonly string[] {
  const declared =
    /^dependencies = \[(.*?)^\]/ms.exec(readFileSync(join(packageRoot, "pyproject.toml"), "utf8"))?.[1] ?? "";
  return [...declared.matchAll(/^\s*"([A-Za-z0-9._-]+)/gm)].map(([, name = ""]) => name);
}

function notPython(python: string, why: string, killedBy: string | null = null): TomoeError {
  return unfit(`${python}: ${why}`, { python, killedBy });
}

function unfit(
  what: string,
  details: { readonly [key: string]: string | null | readonly string[] },
): TomoeError {
  return new TomoeError("ENVIRONMENT", what, {
    hint: process.env.TOMOE_PYTHON
      ? "Point TOMOE_PYTHON at a Python of 3.11 or newer that has the packages of py-runtime/requirements.lock, or unset it."
      : "Install the Python side with: npm run setup (in an installed package: npx tomoe setup)",
    details,
  });
}
