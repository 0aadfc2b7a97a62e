import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../errors.ts";
import type { ReadRows } from "../eval/index.ts";
import { readFailure, streamBytes } from "../files/index.ts";
import { readForeign } from "./foreign.ts";
import type { Call } from "./words/command.ts";
import { runsDirOf } from "./words/run-flags.ts";

/** A predictions file as a command read it. */
export interface Predictions extends ReadRows {
  /** The file; "-" for stdin. */
  readonly source: string;
  /** SHA-256 of its bytes, as 64 hexadecimal digits. */
  readonly digest: string;
}

/** A file that numbers come from, as a document names it: `tomoe verify` reads it again. */
export interface Input {
  readonly role: "rows" | "expected" | "judged" | "system" | "mapping" | "weights";
  readonly path: string;
  readonly sha256: string;
  /** Name of the system that the rows are of, in a comparison; of weights, the metric that they are of. */
  readonly system?: string;
}

/** What a document says of a file that was read. */
export const inputOf = (
  role: Input["role"],
  { source, digest }: Pick<Predictions, "source" | "digest">,
  system?: string,
): Input => ({ role, path: source, sha256: digest, ...(system === undefined ? {} : { system }) });

const stdin = "-";

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** A name without a slash or a dot may be a run's: an id, the beginning of one, its last four letters, "latest". */
const mayBeRun = (name: string): boolean => /^[\w-]+$/.test(name);

async function predictionsOfRun(name: string, call: Pick<Call, "flags">): Promise<string> {
  const { openRun } = await import("../track/read/index.ts");
  return (await openRun(runsDirOf(call.flags), name)).paths.predictions;
}

/**
 * The predictions file that a word of the command line names: a path, a run, or a run's folder.
 *
 * @throws TomoeError `USAGE_INVALID` for a name that is both a run and a file; `RUN_NOT_FOUND`.
 */
async function pathOf(name: string, call: Pick<Call, "flags">): Promise<string> {
  if (name === stdin) return name;
  const isThere = existsSync(name);
  if (!mayBeRun(name) || (isThere && isFolder(name))) {
    const isRun = isThere && isFolder(name) && existsSync(join(name, "resolved.json"));
    return isRun ? join(name, "predictions.jsonl") : name;
  }
  if (!isThere) return await predictionsOfRun(name, call);
  let run: string | undefined;
  try {
    run = await predictionsOfRun(name, call);
  } catch {
    // No run of that name: it is the file.
    return name;
  }
  throw new TomoeError("USAGE_INVALID", `"${name}" is a file and a run`, {
    hint: `Write "./${name}" for the file, or the whole id of the run.`,
    details: { file: name, run },
  });
}

async function* fromStdin(): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of process.stdin) yield piece as Uint8Array;
  } catch (cause) {
    throw readFailure(cause, { action: "read", path: "stdin" });
  }
}

/** The bytes of what a word of the command line names, and their digest once they are read. */
export interface NamedStream {
  readonly source: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** SHA-256 of what was read, as 64 hexadecimal digits. */
  readonly digest: () => string;
}

/**
 * Opens what a word of the command line names, to be read piece by piece; "-" is stdin.
 *
 * @throws TomoeError as `pathOf`; while it is read, as `streamBytes`.
 */
export async function streamNamed(name: string, call: Pick<Call, "flags">): Promise<NamedStream> {
  const source = await pathOf(name, call);
  const hash = createHash("sha256");
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const piece of source === stdin ? fromStdin() : streamBytes(source)) {
      hash.update(piece);
      yield piece;
    }
  }
  return { source, pieces: hashed(), digest: () => hash.digest("hex") };
}

/** What of a file is wanted. */
export interface Wanted {
  /** Goes before "line 3" where a command reads several files. */
  readonly file?: string;
  readonly isExpected?: boolean;
  /** The profile drops open rows with an empty side. */
  readonly dropsEmpty?: boolean;
  /** For an export. */
  readonly keepsQuestions?: boolean;
}

/**
 * Reads the predictions that a word of the command line names, piece by piece; "-" is stdin.
 *
 * @throws TomoeError as `pathOf`, `streamBytes` and the reader of rows; the signal's reason.
 */
export async function readNamed(
  name: string,
  call: Pick<Call, "flags" | "signal">,
  wanted: Wanted = {},
): Promise<Predictions> {
  const { readPredictions } = await import("../eval/index.ts");
  const { source, pieces, digest } = await streamNamed(name, call);
  const foreign = source === stdin ? undefined : await readForeign(source, wanted, call.signal);
  if (foreign !== undefined) {
    // Its rows are not read piece by piece: the digest is over the file as it lies there.
    for await (const _piece of pieces) call.signal.throwIfAborted();
    return { ...foreign, source, digest: digest() };
  }
  const read = await readPredictions(pieces, wanted, call.signal);
  return { ...read, source, digest: digest() };
}
