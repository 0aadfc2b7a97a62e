import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isTomoeError } from "../../../errors.ts";
import type { ProbeReport } from "../../../worker/index.ts";
import {
  findPython,
  isOldPython,
  isOldTorch,
  leastPython,
  leastTorch,
  probePython,
} from "../../../worker/index.ts";
import type { Check } from "./check.ts";
import { passed, sizeText, wrong } from "./check.ts";

export interface PythonOptions {
  readonly packageRoot: string;
  /** Leave torch unimported. */
  readonly isQuick: boolean;
  readonly signal: AbortSignal;
}

/** Modules whose import shows that the compiled parts fit this machine. */
const imported = ["torch", "grpc", "pyarrow", "zmq", "safetensors", "tokenizers"];
const metadataTimeoutMs = 20_000;
const importTimeoutMs = 120_000;

/**
 * Python, its packages against the lock, torch and its device. What cannot be looked at because an earlier
 * part is missing is left out.
 */
export async function checkPython(options: PythonOptions): Promise<readonly Check[]> {
  const setup = options.packageRoot.includes("/node_modules/") ? "npx tomoe setup" : "npm run setup";
  let found = false;
  try {
    const runtime = findPython(options.packageRoot);
    found = true;
    const locked = lockedVersions(options.packageRoot);
    const { isQuick, signal } = options;
    const report = await probePython(runtime, {
      packages: [...locked.keys(), "torch"],
      imports: isQuick ? [] : imported,
      timeoutMs: isQuick ? metadataTimeoutMs : importTimeoutMs,
      signal,
    });
    return judgePython(report, locked, {
      setup,
      repair: repair(options.packageRoot, setup),
      hasNvidia: existsSync("/proc/driver/nvidia/version"),
      isQuick: options.isQuick,
    });
  } catch (cause) {
    if (!isTomoeError(cause) || cause.code === "CANCELLED") throw cause;
    const what = cause.what;
    return [
      found
        ? wrong("failed", "python", what, "a Python that runs", repair(options.packageRoot, setup))
        : wrong("failed", "python", what, `Python ${leastPython} or newer`, setup),
    ];
  }
}

export interface JudgeContext {
  /** The command that installs the Python side. */
  readonly setup: string;
  /** The command that makes it anew. */
  readonly repair: string;
  /** True where the NVIDIA driver is loaded. */
  readonly hasNvidia: boolean;
  readonly isQuick: boolean;
}

/** Verdicts on what the probe found. */
export function judgePython(
  report: ProbeReport,
  locked: ReadonlyMap<string, string>,
  context: JudgeContext,
): readonly Check[] {
  const python = `${report.python} (${report.executable})`;
  const expected = `${leastPython} or newer`;
  if (isOldPython(report.python)) {
    return [
      wrong(
        "failed",
        "python",
        python,
        expected,
        process.env.TOMOE_PYTHON
          ? `unset TOMOE_PYTHON && ${context.setup}`
          : `TOMOE_PYTHON_BASE=/path/to/python${leastPython} ${context.repair}`,
      ),
    ];
  }
  return [
    passed("python", python, expected),
    judgePackages(report, locked, context.setup),
    judgeTorch(report, context),
    ...(context.isQuick ? [] : [judgeImports(report, context.repair), judgeDevice(report, context)]),
  ];
}

function judgePackages({ packages }: ProbeReport, locked: ReadonlyMap<string, string>, setup: string): Check {
  const missing = [...locked].filter(([name]) => packages[name] === null).map(([name]) => name);
  const others = [...locked]
    .filter(([name, version]) => packages[name] !== null && packages[name] !== version)
    .map(([name, version]) => `${name} ${packages[name]} (locked ${version})`);
  const expected = `${locked.size} packages at their locked versions`;
  if (missing.length > 0)
    return wrong("failed", "python packages", `missing: ${missing.join(", ")}`, expected, setup);
  return others.length === 0
    ? passed("python packages", expected, expected)
    : wrong("warning", "python packages", others.join(", "), expected, setup);
}

function judgeTorch({ packages }: ProbeReport, { setup }: JudgeContext): Check {
  const version = packages.torch ?? null;
  const expected = `${leastTorch} or newer`;
  if (version === null) return wrong("failed", "torch", "missing", expected, setup);
  return isOldTorch(version)
    ? wrong("failed", "torch", version, expected, setup)
    : passed("torch", version, expected);
}

function judgeImports({ imports }: ProbeReport, repairCommand: string): Check {
  const broken = Object.entries(imports)
    .filter(([, error]) => error !== null)
    .map(([name, error]) => `import ${name}: ${error}`);
  const expected = `${Object.keys(imports).join(", ")} can be imported`;
  return broken.length === 0
    ? passed("imports", expected, expected)
    : wrong("failed", "imports", broken.join("; "), expected, repairCommand);
}

function judgeDevice({ torch }: ProbeReport, { hasNvidia, repair: repairCommand }: JudgeContext): Check {
  const expected = hasNvidia ? "a CUDA device, since there is an NVIDIA driver" : "a CPU at least";
  if (torch === null)
    return wrong("failed", "device", "unknown: torch cannot be imported", expected, repairCommand);
  const cpu = `CPU ${torch.cpuCapability}, ${torch.threads} threads`;
  const [first] = torch.devices;
  if (first !== undefined)
    return passed(
      "device",
      `${torch.devices.map(({ name, totalBytes }) => `${name} ${sizeText(totalBytes)}`).join(", ")}; ${cpu}`,
      expected,
    );
  if (!hasNvidia) return passed("device", cpu, expected);
  const found = `${cpu}; torch ${torch.version} ${torch.cudaBuild === null ? "is a build without CUDA" : `is built for CUDA ${torch.cudaBuild} and finds no device`}`;
  return wrong(
    "warning",
    "device",
    found,
    expected,
    torch.cudaBuild === null
      ? "python -m pip install --force-reinstall torch  (in the environment of the worker)"
      : "nvidia-smi  (the driver must be as new as the CUDA that torch is built for)",
  );
}

/** Name and version of every distribution in py-runtime/requirements.lock. */
export function lockedVersions(packageRoot: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(packageRoot, "py-runtime/requirements.lock"), "utf8");
  return new Map(
    [...text.matchAll(/^([A-Za-z0-9._-]+)==([^\s;\\]+)/gm)].map(([, name = "", version = ""]) => [
      name,
      version,
    ]),
  );
}

function repair(packageRoot: string, setup: string): string {
  return process.env.TOMOE_PYTHON
    ? `unset TOMOE_PYTHON && ${setup}`
    : existsSync(join(packageRoot, ".venv"))
      ? `rm -rf ${join(packageRoot, ".venv")} && ${setup}`
      : setup;
}
