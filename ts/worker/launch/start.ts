import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cancelled, TomoeError } from "../../errors.ts";
import { maxSocketPathBytes } from "../../files/index.ts";
import type { Child, ChildExit } from "../../process/index.ts";
import { startChild } from "../../process/index.ts";
import { pidSpace } from "../../process/proc/index.ts";
import type { WorkerPool } from "../pool.ts";
import { greetRanks, isAborted, type ReadyRanks, wrongWorld } from "./greet.ts";
import type { WorkerLaunch } from "./options.ts";
import { findPython } from "./python.ts";
import type { ReadyChannel, ReadyMessage } from "./ready.ts";
import { parseReady, readyInFolder, readyOnAddress, readyOnDescriptor } from "./ready.ts";

// Importing torch takes 6 s of CPU time, and a core that twenty others share gives a third of a second in ten.
const defaultReadyMs = 600_000;
const saidLastMs = 100;
const defaultGraceMs = 5_000;
/** Size at which the log of ranks is rotated when the launch names none. */
export const defaultLogBytes = 8 * 2 ** 20;

/**
 * Starts the ranks of one attempt on this machine and returns when every one of them has answered the hello.
 * Nothing is left behind on failure.
 *
 * @throws TomoeError `ENVIRONMENT` (no Python, a package missing), `DEVICE_UNAVAILABLE`, `WORKER_START` (it
 * exited, printed garbage, or was not ready
 *   in time), `WORKER_DIED` (a signal ended it before it was ready), `WIRE_VERSION`, `WORKER_FENCED`,
 *   `CANCELLED`.
 */
export async function startWorkers(launch: WorkerLaunch): Promise<WorkerPool> {
  return await greetRanks(launch, await startRanks(launch));
}

/** Starts the processes of an attempt; errors as `startWorkers`, but those of a hello. */
export async function startRanks(launch: WorkerLaunch): Promise<ReadyRanks> {
  if (isAborted(launch.signal)) throw cancelled("starting the worker");
  const folder = join(launch.runtimeDir, `attempt-${launch.attempt}`);
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  clean();
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const token = newToken();
  const abort = new AbortController();
  let ready: ReadyChannel | undefined;
  let child: Child | undefined;
  try {
    const listen = listenOn(launch, folder);
    ready = await readyChannel(launch, folder);
    child = spawnRanks(launch, { token, listen, ready: ready.target });
    const messages = await allReady(launch, child, ready, token, abort);
    return { child, messages, token, clean };
  } catch (error) {
    await child?.kill();
    clean();
    throw isAborted(launch.signal) ? cancelled("starting the worker") : error;
  } finally {
    abort.abort();
    ready?.close();
  }
}

/** A secret that nobody guesses. */
export function newToken(): string {
  return randomBytes(32).toString("hex");
}

/**
 * A Unix socket in the private folder, or loopback TCP where that was asked for or the path would be too
 * long.
 */
function listenOn(launch: WorkerLaunch, folder: string): string {
  const longest = Buffer.byteLength(join(folder, `worker-${launch.ranks - 1}.sock`));
  const transport = launch.transport ?? "auto";
  if (transport === "tcp" || (transport === "auto" && longest > maxSocketPathBytes)) return "tcp:127.0.0.1";
  if (longest <= maxSocketPathBytes) return `unix:${folder}`;
  throw new TomoeError(
    "WORKER_START",
    `the socket's path in ${folder} would have ${longest} bytes, at most ${maxSocketPathBytes} are possible`,
    {
      hint: 'Use a shorter runtime folder, or transport "tcp".',
      details: { folder, bytes: longest, limit: maxSocketPathBytes },
    },
  );
}

async function readyChannel(launch: WorkerLaunch, folder: string): Promise<ReadyChannel> {
  const via = launch.readyVia ?? (launch.ranks === 1 ? "fd" : "file");
  if (via === "fd" && launch.ranks > 1)
    throw new TomoeError("USAGE_INVALID", `${launch.ranks} ranks cannot share file descriptor 3`, {
      hint: 'Use readyVia "file" or "tcp".',
    });
  if (via === "tcp") return await readyOnAddress("127.0.0.1");
  return via === "fd" ? readyOnDescriptor() : readyInFolder(folder, launch.ranks);
}

function spawnRanks(
  launch: WorkerLaunch,
  told: { readonly token: string; readonly listen: string; readonly ready: string },
): Child {
  const runtime = findPython(launch.packageRoot, { ...process.env, ...launch.env });
  const several = launch.ranks > 1;
  return startChild({
    command: runtime.python,
    args: several
      ? ["-u", "-m", "tomoe_worker.server.launch.ranks", String(launch.ranks)]
      : ["-u", "-m", "tomoe_worker"],
    env: {
      PYTHONPATH: runtime.runtimePath,
      // Repeatable and offline: no hash seed of the day, no proxy to a model hub, cuBLAS with fixed
      // workspaces.
      PYTHONHASHSEED: "0",
      HF_HUB_OFFLINE: "1",
      TOKENIZERS_PARALLELISM: "false",
      CUBLAS_WORKSPACE_CONFIG: ":4096:8",
      // The hello sets torch's threads; this is for the libraries beside it.
      ...(launch.threads > 0 ? { OMP_NUM_THREADS: String(launch.threads) } : {}),
      ...(several ? { GLOO_SOCKET_IFNAME: loopback() } : {}),
      ...(launch.memoryShare === undefined ? {} : { TOMOE_MEMORY_SHARE: String(launch.memoryShare) }),
      ...launch.env,
      TOMOE_READY: told.ready,
      TOMOE_LISTEN: told.listen,
      TOMOE_TOKEN: told.token,
      TOMOE_DEVICE: launch.device,
      TOMOE_WORLD_SIZE: String(launch.ranks),
      TOMOE_PARENT_PID: String(process.pid),
      TOMOE_PARENT_SPACE: pidSpace(),
    },
    logFile: launch.logFile,
    maxLogBytes: launch.maxLogBytes ?? defaultLogBytes,
    readyChannel: !several,
    graceMs: launch.graceMs ?? defaultGraceMs,
  });
}

function loopback(): string {
  return process.platform === "linux" ? "lo" : "lo0";
}

/** The ready messages in rank order; races the exit of the process, the deadline and the caller's signal. */
async function allReady(
  launch: WorkerLaunch,
  child: Child,
  channel: ReadyChannel,
  token: string,
  abort: AbortController,
): Promise<readonly ReadyMessage[]> {
  const timeoutMs = launch.readyTimeoutMs ?? defaultReadyMs;
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  const onAbort = (): void => abort.abort();
  launch.signal?.addEventListener("abort", onAbort, { once: true });
  const exit = child.ended.then(async (facts) => {
    // What it said last may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, saidLastMs));
    abort.abort();
    return facts;
  });
  const stopped = new Promise<undefined>((resolve) =>
    abort.signal.addEventListener("abort", () => resolve(undefined), { once: true }),
  );
  const byRank = new Map<number, ReadyMessage>();
  try {
    for await (const line of channel.lines(abort.signal, child.ready)) {
      const message = parseReady(line, token);
      if (message.worldSize !== launch.ranks || message.rank >= launch.ranks || byRank.has(message.rank))
        throw wrongWorld(message, launch.ranks);
      byRank.set(message.rank, message);
      if (byRank.size === launch.ranks)
        return [...byRank.values()].sort((left, right) => left.rank - right.rank);
    }
    // The channel closed without a message: it is about to exit, or never will.
    const facts = await Promise.race([exit, stopped.then(() => soon(exit))]);
    if (facts === undefined) throw notReady(timeoutMs, byRank.size, launch.ranks, child.logTail(20));
    throw exitedEarly(facts);
  } finally {
    clearTimeout(timer);
    launch.signal?.removeEventListener("abort", onAbort);
  }
}

/** What `promise` has resolved to, if it has by the next turn of the event loop. */
async function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return await Promise.race([
    promise,
    new Promise<undefined>((resolve) => setTimeout(resolve, 1, undefined)),
  ]);
}

function notReady(timeoutMs: number, ready: number, planned: number, logTail: readonly string[]): TomoeError {
  return new TomoeError(
    "WORKER_START",
    `${planned - ready} of ${planned} ranks were not ready within ${timeoutMs} ms`,
    {
      hint: "Its log says how far it came; try again when the machine is less busy.",
      details: { ready, planned, timeoutMs, logTail },
    },
  );
}

function exitedEarly({ exitCode, signal, logTail }: ChildExit): TomoeError {
  const last = logTail.findLast((line) => line.trim() !== "");
  // An exit of its own would come again; a signal came from outside, and a fresh worker may be spared.
  return new TomoeError(
    signal === null ? "WORKER_START" : "WORKER_DIED",
    `the worker exited (${signal ?? `exit code ${exitCode}`}) before it was ready${last === undefined ? "" : `: ${last.trim()}`}`,
    {
      hint: "Its log says why; `tomoe doctor` checks the Python side.",
      details: { exitCode, signal, logTail },
    },
  );
}
