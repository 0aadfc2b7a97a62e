import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TomoeError } from "../../../../ts/errors.ts";
import { isTomoeError } from "../../../../ts/errors.ts";
import { type CheckpointContent, createRun, type OwnedRun } from "../../../../ts/track/index.ts";
import type { CheckpointFileEntry, ReproFacts } from "../../../../ts/track/read/index.ts";

/** A fresh folder, and its removal after the test file. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "tomoe-track-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The TomoeError that `work` fails with; fails the test when it succeeds or throws anything else. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<TomoeError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (cause) {
    if (isTomoeError(cause)) return cause;
    throw cause;
  }
  throw new Error("it was expected to fail and did not");
}

export const notice = (): void => undefined;

/** Gives a fresh runs folder each time; not made yet. */
export function runsFolders(scratch: string): () => string {
  let folders = 0;
  return () => join(scratch, `runs-${folders++}`);
}

/** A new run that this process owns. */
export function makeRun(runsDir: string, experimentName = "Phantom tiny"): Promise<OwnedRun> {
  return createRun(
    runsDir,
    { experimentName, resolved: { name: experimentName, steps: 3 }, seed: 7 },
    { notice },
  );
}

/** A finished run with one checkpoint, released. */
export async function finishedRun(runsDir: string, name: string): Promise<OwnedRun> {
  const run = await makeRun(runsDir, name);
  await run.beginAttempt();
  await commitOne(run, 1, { final: true });
  await run.mark("finished");
  await run.close();
  return run;
}

export const facts: ReproFacts = {
  configDigest: "c".repeat(64),
  corpusFingerprint: "d".repeat(64),
  preprocessDigest: "e".repeat(64),
  tokenizerDigest: "f".repeat(64),
  policyDigest: "a".repeat(64),
  tomoe: "0.1.0",
  python: "3.11.7",
  torch: "2.13.0+cpu",
  device: "cpu",
  cpuCapability: "AVX512",
  threads: 2,
  worldSize: 1,
  precision: "float32 tf32:no deterministic:yes",
  hashSeed: "0",
  cublasWorkspace: ":4096:8",
  execution: "strict",
};

export const parts: CheckpointContent["parts"] = {
  routingPlan: { effectiveFromStep: 3, topK: 2 },
  routerPolicy: { id: "task-router/1" },
  dataCursor: { epoch: 0, step: 3 },
  preprocess: { window: [-1000, 1000] },
  conductor: {},
};

/** Writes `names` with random bytes into `dir` and lists them as a worker would. */
export function writeFiles(
  dir: string,
  names: readonly string[],
  lengthBytes: number,
): CheckpointFileEntry[] {
  return names.map((name) => {
    const bytes = randomBytes(lengthBytes);
    writeFileSync(join(dir, name), bytes);
    return { name, lengthBytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  });
}

export async function commitOne(
  run: OwnedRun,
  step: number,
  options: { final?: boolean; lengthBytes?: number; stage?: string } = {},
) {
  const open = await run.beginCheckpoint(options.stage ?? "shared", step);
  const files = writeFiles(
    open.dir,
    ["model.safetensors", "optimizer.safetensors", "tokenizer.json"],
    options.lengthBytes ?? 1000,
  );
  return open.commit({ files, parts, facts, final: options.final ?? false });
}

export interface ChildEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const children = join(fileURLToPath(new URL(".", import.meta.url)), "children");

/** Starts a real Node process on a script of `children/`, by the command line `under` if that is given. */
export function startChild(
  script: string,
  args: readonly string[],
  options: { readonly under?: readonly string[]; readonly env?: Record<string, string> } = {},
) {
  const [command = process.execPath, ...words] = [
    ...(options.under ?? []),
    process.execPath,
    join(children, script),
    ...args,
  ];
  const child = spawn(command, words, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<ChildEnd>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  /** Resolves to line `index` of its stdout once it is there; rejects when the child ends without it. */
  const line = (index: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const lines = stdout.split("\n");
        if (lines.length > index + 1) resolve(lines[index] ?? "");
      };
      child.stdout.on("data", look);
      child.on("close", (code) =>
        reject(new Error(`${script} ended with ${code} before line ${index}: ${stderr}`)),
      );
      look();
    });
  return { child, ended, line };
}
