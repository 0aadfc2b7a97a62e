import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type PreprocessPathOptions, preprocessPath } from "../../data/index.ts";

/** One line of the conductor in `py-runtime/bench/prep_volume.py`. */
export interface PrepRequest {
  /** "inflate" decompresses the file and drops it; "memory" asks for the peak so far. */
  readonly way: "m3d-compat" | "ct-hu" | "spacing" | "inflate" | "memory";
  readonly path: string;
  readonly sizeDHW: readonly [number, number, number];
  readonly spacingMmDHW: readonly [number, number, number];
}

/** Largest piece of zlib's, as the reader takes them. */
const chunkSize = 1 << 20;

/**
 * Does what one request asks.
 *
 * @param folder - gets the .npy.
 * @returns CPU milliseconds of all threads of this process.
 */
export async function prepare(
  { way, path, sizeDHW, spacingMmDHW }: PrepRequest,
  folder: string,
): Promise<number> {
  const before = process.cpuUsage();
  if (way === "inflate") await inflate(path);
  else {
    const preset: PreprocessPathOptions["preset"] = way === "m3d-compat" ? way : "ct-hu";
    // MONAI's chain: points are sampled at the spacing, cropped to the foreground, and sampled again.
    const spaced = { spacingMmDHW, sampling: "linear", crop: "foreground" } as const;
    await preprocessPath(path, {
      preset,
      sizeDHW,
      ...(way === "spacing" ? spaced : {}),
      windowHu: { low: -1000, high: 1000 },
      out: join(folder, "out.npy"),
    });
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function inflate(path: string): Promise<void> {
  const dropped = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(createReadStream(path, { highWaterMark: chunkSize }), createGunzip({ chunkSize }), dropped);
}

/**
 * Most memory that this program has held at once, in KiB. The peak among the resources of a process (`maxRSS`) is no
 * smaller than that of whoever started it, which here is the process of the rivals.
 */
export function peakKiB(): number {
  const [, held] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return Number(held ?? Number.NaN);
}

/** Answers one line for every line of stdin, until it ends. */
export async function servePrepWays(): Promise<void> {
  const emptyKiB = process.memoryUsage.rss() / 1024;
  const folder = await mkdtemp(join(tmpdir(), "tomoe-prep-"));
  try {
    for await (const line of createInterface({ input: process.stdin })) {
      const request = JSON.parse(line) as PrepRequest;
      const answer =
        request.way === "memory"
          ? { emptyKiB, peakKiB: peakKiB() }
          : { cpuMs: await prepare(request, folder) };
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
