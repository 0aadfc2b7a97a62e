import type { Readable, Writable } from "node:stream";
import { execa } from "execa";
import { TomoeError } from "../errors.ts";
import { limitMemory } from "./bounded.ts";
import { requireCommand } from "./find-command.ts";
import { computedMs } from "./proc/tree.ts";

/** A child that answers one message at a time. */
export interface ExchangeCommand {
  /** Path, or a bare name looked up on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Variables set on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** As in BoundedCommand. */
  readonly maxMemoryBytes: number;
}

/** Bounds of one answer. */
export interface AnswerBounds {
  /**
   * Milliseconds that the child may compute before it is killed; ten times as many may pass, so that a busy machine is
   * not held against it. Where nothing counts what it computes, so many may pass.
   */
  readonly timeoutMs: number;
  /** Most bytes of the answer; a longer one ends the child. */
  readonly maxAnswerBytes: number;
}

/** How a child ended instead of answering. */
export interface ExchangeEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/**
 * A child that lives for many messages: each is its length (four bytes, little endian) and that many bytes on its
 * stdin, and so is each answer on its stdout. Its stdin ends with this process, which is the child's word to end.
 */
export interface Exchange {
  /**
   * Sends one message and waits for its answer; no second one is sent before that.
   *
   * @returns the answer, or how the child ended instead.
   * @throws TomoeError `PROCESS_TIMEOUT`, `PROCESS_OUTPUT_LIMIT`; the child is gone then.
   */
  ask(message: readonly Uint8Array[], bounds: AnswerBounds): Promise<Buffer | ExchangeEnd>;
  /** Kills it and waits until it is gone; safe to call twice. */
  stop(): Promise<void>;
}

const lengthBytes = 4;
/** So many times its time may pass while a child waits for its turn. */
const mostWaiting = 10;

/**
 * Starts a child to exchange messages with, under a bound of memory.
 *
 * @throws TomoeError `ENVIRONMENT` when there is no such command, or memory cannot be bounded here.
 */
export function startExchange({ command, args, env = {}, maxMemoryBytes }: ExchangeCommand): Exchange {
  const program = requireCommand(command, process.env.PATH ?? "");
  const [file, all] = limitMemory(program, args, maxMemoryBytes, process.env.PATH ?? "");
  const running = execa(file, all, {
    env,
    reject: false,
    buffer: false,
    cleanup: true,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    killSignal: "SIGKILL",
  });
  const child = running.nodeChildProcess as { readonly stdin: Writable; readonly stdout: Readable };
  child.stdin.on("error", () => undefined); // EPIPE when it has ended; `ended` tells.
  const answers = new AnswerReader(child.stdout);
  const ended = running.then(({ exitCode, signal }) => {
    const end: ExchangeEnd = { exitCode: exitCode ?? null, signal: signal ?? null };
    answers.end(end);
    return end;
  });
  const stop = async (): Promise<void> => {
    running.kill("SIGKILL");
    await ended;
  };
  const ask = async (message: readonly Uint8Array[], bounds: AnswerBounds): Promise<Buffer | ExchangeEnd> => {
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32LE(message.reduce((sum, part) => sum + part.length, 0));
    const answer = answers.next(bounds.maxAnswerBytes);
    for (const part of [length, ...message]) child.stdin.write(part);
    const late = untilLate(running.pid, bounds.timeoutMs);
    try {
      const got = await Promise.race([answer, late.passed]);
      if (got === "late") throw timedOut(command, bounds.timeoutMs);
      if (got === "too long") throw tooLong(command, bounds.maxAnswerBytes);
      return got;
    } catch (error) {
      await stop();
      throw error;
    } finally {
      late.stop();
    }
  };
  return { ask, stop };
}

/** Passes when a child has computed for so long, or waited for ten times as long. */
function untilLate(
  pid: number | undefined,
  timeoutMs: number,
): { readonly passed: Promise<"late">; stop(): void } {
  const computed = (): number | undefined => (pid === undefined ? undefined : computedMs(pid));
  const [began, before] = [performance.now(), computed()];
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<"late">((resolve) => {
    const look = (): void => {
      const now = computed();
      const spent = before === undefined || now === undefined ? timeoutMs : now - before;
      const left = Math.min(timeoutMs - spent, mostWaiting * timeoutMs - (performance.now() - began));
      if (left <= 0) resolve("late");
      else timer = setTimeout(look, left);
    };
    timer = setTimeout(look, timeoutMs);
  });
  return { passed, stop: () => clearTimeout(timer) };
}

type Answer = Buffer | ExchangeEnd | "too long";

/** Puts the pieces of one answer together. */
class AnswerReader {
  #wanted: ((answer: Answer) => void) | undefined;
  #most = 0;
  #end: ExchangeEnd | undefined;
  /** Of the answer in progress: its bytes, how many of them have come, and the bytes of its length before that. */
  #body: Buffer | undefined;
  #filled = 0;
  #head = Buffer.alloc(0);

  constructor(stream: Readable) {
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  next(most: number): Promise<Answer> {
    if (this.#end !== undefined) return Promise.resolve(this.#end);
    this.#most = most;
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  end(end: ExchangeEnd): void {
    this.#end = end;
    this.#settle(end);
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    if (this.#body === undefined) {
      const head = Buffer.concat([this.#head, rest]);
      if (head.length < lengthBytes) {
        this.#head = head;
        return;
      }
      const length = head.readUInt32LE(0);
      // A library's text on stdout, or more than the frame can have, looks like a length beyond the bound.
      if (length > this.#most || this.#wanted === undefined) {
        this.#settle("too long");
        return;
      }
      this.#body = Buffer.allocUnsafeSlow(length);
      this.#filled = 0;
      this.#head = Buffer.alloc(0);
      rest = head.subarray(lengthBytes);
    }
    const body = this.#body;
    if (this.#filled + rest.length > body.length) {
      this.#settle("too long");
      return;
    }
    rest.copy(body, this.#filled);
    this.#filled += rest.length;
    if (this.#filled < body.length) return;
    this.#body = undefined;
    this.#settle(body);
  }

  #settle(answer: Answer): void {
    this.#wanted?.(answer);
    this.#wanted = undefined;
  }
}

function timedOut(command: string, timeoutMs: number): TomoeError {
  return new TomoeError(
    "PROCESS_TIMEOUT",
    `${command} did not answer within ${timeoutMs} ms and was killed`,
    {
      hint: "Look at what was asked of it: it may never end.",
      details: { command, timeoutMs },
    },
  );
}

function tooLong(command: string, maxAnswerBytes: number): TomoeError {
  return new TomoeError(
    "PROCESS_OUTPUT_LIMIT",
    `${command} answered with more than ${maxAnswerBytes} bytes and was killed`,
    { hint: "What it was asked expands beyond its declared size.", details: { command, maxAnswerBytes } },
  );
}
