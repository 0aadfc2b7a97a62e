import type { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { TomoeError } from "../errors.ts";
import { requireCommand } from "./find-command.ts";
import type { ProcessIdentity } from "./proc/tree.ts";
import { descendantsOf, identifyProcess, killAll } from "./proc/tree.ts";
import { RotatingLog } from "./rotating-log.ts";

/** A child that lives until it is told to end. */
export interface ChildCommand {
  /** Path, or a bare name looked up on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Variables set on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where its stdout and stderr go; see RotatingLog. */
  readonly logFile: string;
  readonly maxLogBytes: number;
  /** Give it a pipe on file descriptor 3 to say that it is ready. */
  readonly readyChannel: boolean;
  /** Time between SIGTERM and SIGKILL in `stop`, in milliseconds. */
  readonly graceMs: number;
}

type LogWish = Pick<ChildCommand, "logFile" | "maxLogBytes">;

/** How a child ended. */
export interface ChildExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** True when we used SIGKILL. */
  readonly forced: boolean;
  /** Last lines it printed. */
  readonly logTail: readonly string[];
}

/**
 * A running child. Its stdin stays open as long as this process lives and `stop` was not called: reading EOF
 * there means "end".
 */
export interface Child {
  readonly pid: number;
  /** What it writes on file descriptor 3; undefined without `readyChannel`. */
  readonly ready: Readable | undefined;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<ChildExit>;
  /** Last lines it printed so far, into the log it has now. */
  logTail(lines: number): readonly string[];
  /**
   * From now on what it prints goes to another log, or nowhere; errors as `startChild`, and the log then stays.
   */
  logTo(log: LogWish | undefined): void;
  /** Whether this process stays for it, as it does at first, or may end and take it along. */
  hold(isHeld: boolean): void;
  /** Sends a signal to the child alone; nothing happens when it is gone. */
  signal(name: NodeJS.Signals): void;
  /** Closes its stdin, sends SIGTERM, and SIGKILL to the whole tree after the grace. Safe to call twice. */
  stop(): Promise<ChildExit>;
  /** SIGKILL to the whole tree now. */
  kill(): Promise<ChildExit>;
}

const tailLines = 20;
const flushMs = 300;

/**
 * Starts a long-lived child. It ends with this process when that ends in any way but SIGKILL; against that
 * the child must watch its stdin.
 *
 * @throws TomoeError `ENVIRONMENT` when there is no such command, `OUTPUT_CREATE` when the log cannot be
 * made.
 */
export function startChild(command: ChildCommand): Child {
  const env: NodeJS.ProcessEnv = { ...process.env, ...command.env };
  const program = requireCommand(command.command, env.PATH ?? "");
  const log = new ChildLog(command);
  const running = execa(program, command.args, {
    env,
    extendEnv: false,
    reject: false,
    buffer: false,
    cleanup: true,
    forceKillAfterDelay: false,
    stdio: command.readyChannel ? ["pipe", "pipe", "pipe", "pipe"] : ["pipe", "pipe", "pipe"],
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
  const { pid } = running;
  if (pid === undefined) {
    log.change(undefined);
    throw notStarted(command.command);
  }
  for (const stream of [running.stdout, running.stderr])
    stream?.on("data", (chunk: Uint8Array) => log.now?.write(chunk));
  running.stdin?.on("error", () => undefined); // EPIPE when it has ended; `ended` tells.
  let forced = false;
  const ended = exitOf(running.nodeChildProcess, running).then(({ exitCode, signal }): ChildExit => {
    log.now?.close();
    return { exitCode, signal, forced, logTail: log.tail(tailLines) };
  });
  const send = (name: NodeJS.Signals): void => void running.kill(name);
  const kill = (): Promise<ChildExit> => {
    const tree = treeOf(pid);
    forced = true;
    send("SIGKILL");
    killAll(tree);
    return ended;
  };
  let stopping: Promise<ChildExit> | undefined;
  const stop = (): Promise<ChildExit> => {
    stopping ??= endGracefully({
      pid,
      ended,
      closeStdin: () => running.stdin?.end(),
      send,
      kill,
      graceMs: command.graceMs,
    });
    return stopping;
  };
  return {
    pid,
    ready: readable(running.stdio[3]),
    ended,
    logTail: (lines) => log.tail(lines),
    logTo: (next) => log.change(next),
    hold: (isHeld) => holdAll([running.nodeChildProcess, ...running.stdio], isHeld),
    signal: send,
    stop,
    kill,
  };
}

/** Where a child's output goes now; nowhere between two logs. */
class ChildLog {
  now: RotatingLog | undefined;

  constructor({ logFile, maxLogBytes }: LogWish) {
    this.now = new RotatingLog(logFile, maxLogBytes);
  }

  change(next: LogWish | undefined): void {
    const before = this.now;
    this.now = next === undefined ? undefined : new RotatingLog(next.logFile, next.maxLogBytes);
    before?.close();
  }

  tail(lines: number): readonly string[] {
    return this.now?.tail(lines) ?? [];
  }
}

/** Whether the event loop stays for these: a process and its pipes. */
function holdAll(handles: readonly unknown[], isHeld: boolean): void {
  const name = isHeld ? "ref" : "unref";
  for (const handle of handles) {
    // A stream that is closed has neither.
    const change: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, name) : null;
    if (typeof change === "function") change.call(handle);
  }
}

function notStarted(command: string): TomoeError {
  return new TomoeError("ENVIRONMENT", `cannot start ${command}`, {
    hint: `Check that ${command} is an executable of this machine.`,
    details: { command },
  });
}

/**
 * Its exit, once what it printed has arrived: but a grandchild that holds its output open delays this by
 * `flushMs` at most.
 */
async function exitOf(
  processEvents: EventEmitter,
  allOutput: Promise<unknown>,
): Promise<{ exitCode: number | null; signal: string | null }> {
  const exit = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    processEvents.once("exit", (exitCode: number | null, signal: string | null) =>
      resolve({ exitCode, signal }),
    );
  });
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    allOutput,
    new Promise((resolve) => {
      timer = setTimeout(resolve, flushMs);
    }),
  ]);
  clearTimeout(timer);
  return exit;
}

interface Ending {
  readonly pid: number;
  readonly ended: Promise<ChildExit>;
  readonly closeStdin: () => void;
  readonly send: (name: NodeJS.Signals) => void;
  readonly kill: () => Promise<ChildExit>;
  readonly graceMs: number;
}

async function endGracefully(ending: Ending): Promise<ChildExit> {
  // What it started may outlive it; named now, since afterwards nobody is its parent.
  const tree = treeOf(ending.pid);
  ending.closeStdin();
  ending.send("SIGTERM");
  const timer = setTimeout(() => void ending.kill(), ending.graceMs);
  const exit = await ending.ended;
  clearTimeout(timer);
  killAll(tree);
  return exit;
}

function treeOf(pid: number): ProcessIdentity[] {
  const root = identifyProcess(pid);
  return root === undefined ? [] : descendantsOf(pid);
}

function readable(stream: unknown): Readable | undefined {
  return typeof stream === "object" && stream !== null && "on" in stream && "read" in stream
    ? (stream as Readable)
    : undefined;
}
