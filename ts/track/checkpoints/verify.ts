import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { JsonValue } from "../../errors.ts";
import { TomoeError } from "../../errors.ts";
import { isMissing, readFailure } from "../../files/index.ts";
import type { CheckpointFileEntry, CheckpointManifest } from "./manifest.ts";
import { parseManifest } from "./manifest.ts";

export const commitName = "COMMIT";
export const manifestName = "manifest.json";

/**
 * The whole content of a COMMIT file, written last: it vouches for the manifest, which vouches for the files.
 */
export function commitText(manifestSha256: string): string {
  return `tomoe-commit/1 sha256:${manifestSha256}\n`;
}

/** SHA-256 as 64 lower-case hex digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Folder name of a checkpoint: `000003-shared-00000050`. */
export function checkpointName(place: {
  readonly ordinal: number;
  readonly stage: string;
  readonly step: number;
}): string {
  return `${String(place.ordinal).padStart(6, "0")}-${place.stage}-${String(place.step).padStart(8, "0")}`;
}

/** `CHECKPOINT_INVALID` naming the file, what it should be and what it is. */
export function checkpointInvalid(
  dir: string,
  file: string,
  what: string,
  details: { readonly [key: string]: JsonValue } = {},
): TomoeError {
  return new TomoeError("CHECKPOINT_INVALID", `${join(dir, file)}: ${what}`, {
    hint: "The checkpoint was damaged after it was written; resume from an earlier one, or restore the folder from a copy.",
    details: { path: dir, file, ...details },
  });
}

/**
 * Reads every byte of a committed checkpoint and compares it with what was committed.
 *
 * @returns its manifest.
 * @throws TomoeError `CHECKPOINT_INVALID` naming the file, expected and found: a flipped byte, a cut, a
 * missing or an extra file, no COMMIT.
 *   `CANCELLED` by the signal; `IO_FAILED`, `PERMISSION` when it cannot be read.
 */
export async function verifyCheckpoint(dir: string, signal?: AbortSignal): Promise<CheckpointManifest> {
  const manifest = await readCommittedManifest(dir);
  await verifyListing(dir, [...manifest.files.map(({ name }) => name), manifestName, commitName]);
  for (const file of manifest.files) await verifyFile(dir, file, signal);
  return manifest;
}

/**
 * Reads the manifest that COMMIT vouches for; the files themselves are not read.
 *
 * @throws TomoeError `CHECKPOINT_INVALID`, `IO_FAILED`, `PERMISSION`.
 */
export async function readCommittedManifest(dir: string): Promise<CheckpointManifest> {
  const [commit, bytes] = [await readPart(dir, commitName), await readPart(dir, manifestName)];
  const found = sha256Hex(bytes);
  if (commit.toString("latin1") !== commitText(found)) {
    throw checkpointInvalid(dir, manifestName, `COMMIT and manifest do not belong together`, {
      expected: commit.toString("latin1").trim().slice(0, 200),
      found: commitText(found).trim(),
    });
  }
  const manifest = parseManifest(join(dir, manifestName), bytes.toString("utf8"), (_path, what) =>
    checkpointInvalid(dir, manifestName, what),
  );
  const name = checkpointName(manifest);
  if (basename(dir) !== name)
    throw checkpointInvalid(dir, manifestName, `the folder should be called ${name}`, {
      expected: name,
      found: basename(dir),
    });
  return manifest;
}

/**
 * Compares one file with its entry: a plain file of that length and digest.
 *
 * @throws TomoeError `CHECKPOINT_INVALID`, `CANCELLED`, `IO_FAILED`, `PERMISSION`.
 */
export async function verifyFile(
  dir: string,
  entry: CheckpointFileEntry,
  signal?: AbortSignal,
): Promise<void> {
  const path = join(dir, entry.name);
  try {
    const facts = await lstat(path);
    if (!facts.isFile()) throw checkpointInvalid(dir, entry.name, "it is not a plain file");
    if (facts.size !== entry.lengthBytes) {
      throw checkpointInvalid(dir, entry.name, `it has ${facts.size} bytes, not ${entry.lengthBytes}`, {
        expected: entry.lengthBytes,
        found: facts.size,
      });
    }
    const hash = createHash("sha256");
    await pipeline(
      createReadStream(path, { highWaterMark: 1024 * 1024 }),
      hash,
      signal === undefined ? {} : { signal },
    );
    const found = hash.digest("hex");
    if (found !== entry.sha256) {
      throw checkpointInvalid(dir, entry.name, `its SHA-256 is ${found}, not ${entry.sha256}`, {
        expected: entry.sha256,
        found,
      });
    }
  } catch (cause) {
    if (isMissing(cause))
      throw checkpointInvalid(dir, entry.name, `the file is missing (${entry.lengthBytes} bytes expected)`, {
        expected: entry.lengthBytes,
        found: null,
      });
    if (signal?.aborted === true)
      throw new TomoeError("CANCELLED", `stopped while reading ${path}`, { hint: "Run the command again." });
    throw readFailure(cause, { action: "verify the checkpoint", path });
  }
}

/** Refuses a folder that holds anything but `expected`. */
export async function verifyListing(dir: string, expected: readonly string[]): Promise<void> {
  let present: string[];
  try {
    present = await readdir(dir);
  } catch (cause) {
    throw readFailure(cause, { action: "list the checkpoint", path: dir });
  }
  const known = new Set(expected);
  const extra = present.find((name) => !known.has(name));
  if (extra !== undefined)
    throw checkpointInvalid(dir, extra, "the file is not listed in the manifest", {
      expected: null,
      found: extra,
    });
}

async function readPart(dir: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(dir, name));
  } catch (cause) {
    if (isMissing(cause)) throw checkpointInvalid(dir, name, "the file is missing");
    throw readFailure(cause, { action: "read the checkpoint", path: join(dir, name) });
  }
}
