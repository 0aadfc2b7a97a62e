import { join } from "node:path";
import { z } from "zod";
import { isErrorCode, TomoeError } from "../errors.ts";
import { checkJson, packageRoot } from "../files/index.ts";
import { findCommand, runBounded } from "../process/index.ts";

/** The interpreter that runs the sampler, and the folder its package lies in. */
export interface SamplerRuntime {
  readonly python: string;
  /** Folder to put on PYTHONPATH; holds `tomoe_sampler/`. */
  readonly runtimePath: string;
}

/** Names an interpreter of the user's own that has Optuna, in place of the one that set-up makes. */
const ownPython = "TOMOE_SAMPLER_PYTHON";
const withoutIt = `Or do without it: sampler: "random" needs nothing but Node; ${ownPython} names a Python of your own that has Optuna 5.`;

/** Most that pip may take, on a slow line too. */
const setupMs = 30 * 60_000;

const setupDocument = z.union([
  z.looseObject({ ok: z.literal(true), python: z.string() }),
  z.looseObject({
    ok: z.literal(false),
    error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }),
  }),
]);

/**
 * Makes the sampler's environment ready where it is not, by the script that makes the worker's.
 *
 * @param notice - gets the lines of a set-up that takes its time.
 * @throws TomoeError `ENVIRONMENT`, `PERMISSION`, `IO_FAILED` saying what cannot be made and how to do without;
 * `CANCELLED` by the signal.
 */
export async function requireSampler({
  signal,
  notice,
  root = packageRoot(),
  env = process.env,
}: {
  readonly signal: AbortSignal;
  readonly notice: (line: string) => void;
  readonly root?: string;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<SamplerRuntime> {
  const runtimePath = join(root, "py-runtime");
  const own = env[ownPython];
  if (own !== undefined && own !== "") {
    const python = findCommand(own, env.PATH ?? "");
    if (python !== undefined) return { python, runtimePath };
    throw new TomoeError("ENVIRONMENT", `${ownPython} is ${own}, which is no executable file`, {
      hint: `Name a Python that has Optuna 5, or unset it. ${withoutIt}`,
      details: { [ownPython]: own },
    });
  }
  const script = join(root, "scripts", "setup.mjs");
  const definedEnv = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  const setUp = async (words: readonly string[]) =>
    await runBounded({
      command: process.execPath,
      args: [script, "--sampler", ...words, "--json"],
      env: definedEnv,
      timeoutMs: setupMs,
      maxOutputBytes: 1 << 20,
      signal,
    });
  const checked = await setUp(["--check"]);
  if (checked.exitCode !== 0)
    notice("the sampler (Optuna, about 40 MB to load) is set up, once: this takes a minute");
  const { stdout, stderr } = checked.exitCode === 0 ? checked : await setUp([]);
  const told = checkJson(parsed(stdout), "its set-up", setupDocument, (_, what) =>
    refused("ENVIRONMENT", what, stderr.trim()),
  );
  if (told.ok) return { python: told.python, runtimePath };
  const { code, message, hint } = told.error;
  throw refused(code, message.replace(/^\[\w+\] /, ""), hint);
}

function parsed(stdout: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(stdout).toString("utf8"));
  } catch {
    return undefined; // Killed before it could tell.
  }
}

function refused(code: string, what: string, hint: string): TomoeError {
  return new TomoeError(isErrorCode(code) ? code : "ENVIRONMENT", `the sampler cannot be set up: ${what}`, {
    hint: `${hint} ${withoutIt}`,
  });
}
