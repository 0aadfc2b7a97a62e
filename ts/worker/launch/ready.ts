import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { JsonValue } from "../../errors.ts";
import { isErrorCode, TomoeError } from "../../errors.ts";
import { requireVersion } from "../wire/protocol.ts";

const readySchema = z.strictObject({
  ok: z.literal(true),
  protocolMajor: z.int(),
  protocolMinor: z.int(),
  pid: z.int().positive(),
  rank: z.int().nonnegative(),
  worldSize: z.int().positive(),
  node: z.string(),
  address: z.string().min(1),
  /** SHA-256 of token, rank and address: on TCP anybody could say that he is ready. */
  proof: z.string(),
});

const failureSchema = z.strictObject({
  ok: z.literal(false),
  rank: z.int().nonnegative(),
  error: z.strictObject({
    code: z.string(),
    what: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

/** What a rank says of itself when it listens. */
export type ReadyMessage = Omit<z.infer<typeof readySchema>, "ok" | "proof">;

/** Where the ranks say that they are ready, and how to hear it. */
export interface ReadyChannel {
  /** Value of TOMOE_READY. */
  readonly target: string;
  /** Messages as they arrive; the callee stops at the first of `aborted`. */
  readonly lines: (
    aborted: AbortSignal,
    descriptor: Readable | undefined,
  ) => AsyncGenerator<string, void, undefined>;
  readonly close: () => void;
}

const maxLineBytes = 64 * 1024;
const pollMs = 25;

/** File descriptor 3 of the one child. */
export function readyOnDescriptor(): ReadyChannel {
  return {
    target: "fd:3",
    lines: (aborted, descriptor) => firstLine(descriptor, aborted),
    close: () => undefined,
  };
}

/** Files in a private folder, `ready-RANK.json`: torchrun's children inherit no descriptor. */
export function readyInFolder(folder: string, ranks: number): ReadyChannel {
  return {
    target: `file:${folder}`,
    lines: (aborted) => appearing(folder, ranks, aborted),
    close: () => undefined,
  };
}

/** A loopback or cluster address, for ranks on another host. */
export async function readyOnAddress(host: string): Promise<ReadyChannel> {
  const queue: string[] = [];
  const server: Server = createServer((socket) => void receive(socket, queue));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    target: `tcp:${host}:${port}`,
    lines: (aborted) => arriving(queue, aborted),
    close: () => server.close(),
  };
}

/**
 * Reads one ready message.
 *
 * @throws TomoeError the worker's own when it says why it will not be ready; `WORKER_START` for anything that
 * is no ready message or comes from
 *   somebody without the token; `WIRE_VERSION` for another major version.
 */
export function parseReady(line: string, token: string): ReadyMessage {
  const said = readJson(line);
  const failure = failureSchema.safeParse(said);
  if (failure.success) throw ownError(failure.data.error);
  const version = z
    .looseObject({ ok: z.literal(true), protocolMajor: z.int(), protocolMinor: z.int() })
    .safeParse(said);
  if (version.success)
    requireVersion({ major: version.data.protocolMajor, minor: version.data.protocolMinor });
  const ready = readySchema.safeParse(said);
  if (!ready.success) throw garbage(line);
  const { ok: _, proof, ...message } = ready.data;
  if (proof !== createHash("sha256").update(`${token}:${message.rank}:${message.address}`).digest("hex")) {
    throw new TomoeError(
      "WORKER_START",
      `a ready message for rank ${message.rank} came from somebody without this run's token`,
      { hint: "Is another run using the same ready channel?" },
    );
  }
  return message;
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw garbage(line);
  }
}

function garbage(line: string): TomoeError {
  const shown = line.slice(0, 80).replace(/[^\u0020-\u007e]/g, "?");
  return new TomoeError("WORKER_START", `what came over the ready channel is no ready message: "${shown}"`, {
    hint: "Is TOMOE_PYTHON the interpreter of this version's worker?",
  });
}

function ownError(error: z.infer<typeof failureSchema>["error"]): TomoeError {
  // Parsed from JSON, so JSON it is.
  const options = { hint: error.hint, details: error.details as { readonly [key: string]: JsonValue } };
  return isErrorCode(error.code)
    ? new TomoeError(error.code, error.what, options)
    : new TomoeError("WORKER_START", `${error.code}: ${error.what}`, options);
}

async function* firstLine(
  descriptor: Readable | undefined,
  aborted: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  if (descriptor === undefined) return;
  let text = "";
  const over = (): void => void descriptor.destroy();
  aborted.addEventListener("abort", over, { once: true });
  try {
    for await (const chunk of descriptor) {
      text += Buffer.from(chunk as Uint8Array).toString("utf8");
      const end = text.indexOf("\n");
      if (end < 0 && text.length > maxLineBytes) throw garbage(text);
      if (end >= 0) {
        yield text.slice(0, end);
        return;
      }
    }
  } catch (error) {
    if (!aborted.aborted) throw error;
  } finally {
    aborted.removeEventListener("abort", over);
  }
}

async function* appearing(
  folder: string,
  ranks: number,
  aborted: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const missing = new Set(Array.from({ length: ranks }, (_, rank) => join(folder, `ready-${rank}.json`)));
  while (missing.size > 0 && !aborted.aborted) {
    for (const file of missing) {
      if (!existsSync(file)) continue;
      missing.delete(file);
      yield readFileSync(file, "utf8").trim();
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function* arriving(queue: string[], aborted: AbortSignal): AsyncGenerator<string, void, undefined> {
  while (!aborted.aborted) {
    for (let line = queue.shift(); line !== undefined; line = queue.shift()) yield line;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function receive(socket: Socket, queue: string[]): Promise<void> {
  let text = "";
  socket.on("error", () => undefined);
  socket.setTimeout(10_000, () => socket.destroy());
  try {
    for await (const chunk of socket) {
      text += Buffer.from(chunk as Uint8Array).toString("utf8");
      if (text.includes("\n") || text.length > maxLineBytes) break;
    }
  } catch {
    // A peer that breaks off has said nothing.
  }
  socket.destroy();
  const end = text.indexOf("\n");
  if (end >= 0) queue.push(text.slice(0, end));
}
