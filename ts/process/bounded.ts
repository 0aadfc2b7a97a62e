import { execa } from "execa";
import { TomoeError } from "../errors.ts";
import { findCommand, requireCommand } from "./find-command.ts";
import { descendantsOf, killAll } from "./proc/tree.ts";

/** What to run, and the bounds it runs under. */
export interface BoundedCommand {
  /** Path, or a bare name looked up on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Bytes for its stdin, which is closed after them; without it stdin is empty. */
  readonly input?: Uint8Array;
  /** Variables set on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Wall clock until it is killed, in milliseconds, at least 1. */
  readonly timeoutMs: number;
  /** Most bytes of stdout; one more ends the child. */
  readonly maxOutputBytes: number;
  /**
   * Most private writable memory (RLIMIT_DATA: heap and anonymous maps, also untouched ones); Linux only.
   * A Node child maps about 600 MiB before its first line, so give it what it needs on top of that.
   */
  readonly maxMemoryBytes?: number;
  readonly signal?: AbortSignal;
}

/** How a bounded command ended. */
export interface BoundedResult {
  readonly stdout: Uint8Array;
  /** The last 64 KiB of stderr, as text. */
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Name of the signal that ended it, e.g. "SIGSEGV"; null when it exited. */
  readonly signal: string | null;
}

const keptStderrBytes = 64 * 1024;

/**
 * Runs a command to its end under bounds of time, output and memory; it and its descendants are gone when
 * this returns.
 *
 * A non-zero exit is a result, not an error: only the caller knows what it means.
 * @throws TomoeError `ENVIRONMENT` when there is no such command, `PROCESS_TIMEOUT`, `PROCESS_OUTPUT_LIMIT`,
 * `CANCELLED` by the signal,
 *   `USAGE_INVALID` for a bound that is not a positive integer.
 */
export async function runBounded(bounded: BoundedCommand): Promise<BoundedResult> {
  checkBounds(bounded);
  if (bounded.signal?.aborted === true) throw cancelled(bounded.command);
  const env: NodeJS.ProcessEnv = { ...process.env, ...bounded.env };
  const program = requireCommand(bounded.command, env.PATH ?? "");
  const [file, args] =
    bounded.maxMemoryBytes === undefined
      ? [program, bounded.args]
      : limitMemory(program, bounded.args, bounded.maxMemoryBytes, env.PATH ?? "");
  const child = execa(file, args, {
    env,
    extendEnv: false,
    reject: false,
    encoding: "buffer",
    stripFinalNewline: false,
    input: bounded.input ?? new Uint8Array(0),
    buffer: { stdout: true, stderr: false },
    maxBuffer: { stdout: bounded.maxOutputBytes },
    killSignal: "SIGKILL",
    ...(bounded.cwd === undefined ? {} : { cwd: bounded.cwd }),
  });
  let why: "timeout" | "cancelled" | undefined;
  const end = (reason: "timeout" | "cancelled"): void => {
    why ??= reason;
    const tree = child.pid === undefined ? [] : descendantsOf(child.pid);
    child.kill("SIGKILL");
    killAll(tree);
  };
  const timer = setTimeout(end, bounded.timeoutMs, "timeout");
  const onAbort = (): void => end("cancelled");
  bounded.signal?.addEventListener("abort", onAbort, { once: true });
  const stderr = keepTail(child.stderr);
  try {
    const result = await child;
    if (why === "cancelled") throw cancelled(bounded.command);
    if (why === "timeout") throw timedOut(bounded);
    if (result.isMaxBuffer) throw tooMuchOutput(bounded);
    if (result.exitCode === undefined && result.signal === undefined)
      throw notStarted(bounded.command, result.cause);
    return {
      stdout: result.stdout,
      stderr: stderr(),
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
    };
  } finally {
    clearTimeout(timer);
    bounded.signal?.removeEventListener("abort", onAbort);
  }
}

function keepTail(
  stream: AsyncIterable<unknown> & { on(event: "data", listener: (chunk: Uint8Array) => void): unknown },
): () => string {
  let kept = Buffer.alloc(0);
  stream.on("data", (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    if (kept.length > 2 * keptStderrBytes) kept = Buffer.from(kept.subarray(-keptStderrBytes));
  });
  return () => kept.subarray(-keptStderrBytes).toString("utf8");
}

/** The command that runs another one under RLIMIT_DATA. */
export function limitMemory(
  program: string,
  args: readonly string[],
  maxMemoryBytes: number,
  searchPath: string,
): [string, readonly string[]] {
  const shell = findCommand("sh", searchPath) ?? findCommand("/bin/sh", "");
  if (process.platform !== "linux" || shell === undefined) {
    throw new TomoeError("ENVIRONMENT", `cannot bound the memory of ${program} on ${process.platform}`, {
      hint: "Run on Linux with a POSIX shell, where RLIMIT_DATA holds, or without maxMemoryBytes.",
      details: { platform: process.platform },
    });
  }
  const limitKiB = String(Math.ceil(maxMemoryBytes / 1024));
  return [shell, ["-c", 'ulimit -d "$1" && shift && exec "$@"', "sh", limitKiB, program, ...args]];
}

function checkBounds(bounded: BoundedCommand): void {
  const bounds = {
    timeoutMs: bounded.timeoutMs,
    maxOutputBytes: bounded.maxOutputBytes,
    maxMemoryBytes: bounded.maxMemoryBytes,
  };
  for (const [name, value] of Object.entries(bounds)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new TomoeError(
      "USAGE_INVALID",
      `${name} of ${bounded.command} is ${value}, not a positive integer`,
      { hint: `Give ${name} as a whole number above 0.` },
    );
  }
}

function cancelled(command: string): TomoeError {
  return new TomoeError("CANCELLED", `${command} was stopped because the work it belongs to was cancelled`, {
    hint: "Run it again.",
  });
}

function timedOut(bounded: BoundedCommand): TomoeError {
  return new TomoeError(
    "PROCESS_TIMEOUT",
    `${bounded.command} did not end within ${bounded.timeoutMs} ms and was killed`,
    {
      hint: "Raise the time limit, or look at what the command waits for.",
      details: { command: bounded.command, timeoutMs: bounded.timeoutMs },
    },
  );
}

function tooMuchOutput(bounded: BoundedCommand): TomoeError {
  return new TomoeError(
    "PROCESS_OUTPUT_LIMIT",
    `${bounded.command} wrote more than ${bounded.maxOutputBytes} bytes and was killed`,
    {
      hint: "Its input expands beyond the size that was declared for it.",
      details: { command: bounded.command, maxOutputBytes: bounded.maxOutputBytes },
    },
  );
}

function notStarted(command: string, cause: unknown): TomoeError {
  return new TomoeError("ENVIRONMENT", `cannot run ${command}`, {
    hint: `Check that ${command} is an executable of this machine.`,
    details: { command },
    cause,
  });
}
