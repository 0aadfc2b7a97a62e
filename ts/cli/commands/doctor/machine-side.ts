import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { isTomoeError } from "../../../errors.ts";
import { maxSocketPathBytes } from "../../../files/index.ts";
import { type AvailableMemory, availableMemory, usableBytes } from "../../../process/proc/index.ts";
import type { Check } from "./check.ts";
import { passed, sizeText, wrong } from "./check.ts";

const GiB = 2 ** 30;
const wantedDiskBytes = 5 * GiB;
const leastDiskBytes = 0.5 * GiB;
const wantedSharedBytes = 0.25 * GiB;

/** What a recipe takes in memory; without a recipe, what the embedded one does. */
export interface WantedMemory {
  readonly bytes: number;
  /** Whose need it is, e.g. "chest-ct.ts". */
  readonly name: string;
}

/** Worker and conductor of the embedded PhantomCT recipe: 1 GiB measured, and as much to spare. */
export const embeddedRecipe: WantedMemory = { bytes: 2 * GiB, name: "the embedded recipe" };

/** Disk, shared memory, memory and sockets. */
export async function checkMachine(runsDir: string, wanted: WantedMemory): Promise<readonly Check[]> {
  return [
    judgeDisk(runsDir, freeBytes(nearestFolder(runsDir))),
    judgeShared(existsSync("/dev/shm") ? freeBytes("/dev/shm") : undefined),
    judgeMemory(availableMemory(), wanted),
    await checkSockets(),
  ];
}

/** Verdict on the free disk space where the runs will lie. */
export function judgeDisk(runsDir: string, free: number): Check {
  const expected = `${sizeText(wantedDiskBytes)} free for checkpoints and caches`;
  const found = `${sizeText(free)} free at ${runsDir}`;
  if (free >= wantedDiskBytes) return passed("disk", found, expected);
  return wrong(
    free < leastDiskBytes ? "failed" : "warning",
    "disk",
    found,
    expected,
    `du -xsh ${runsDir}/* | sort -h  (then remove what is not needed, or use --runs on another disk)`,
  );
}

/** Verdict on shared memory, which tensors pass through; without it they go through the socket. */
export function judgeShared(free: number | undefined): Check {
  const expected = `${sizeText(wantedSharedBytes)} free in /dev/shm`;
  const fix = "mount -o remount,size=2g /dev/shm  (a container: docker run --shm-size=2g ...)";
  if (free === undefined) return wrong("warning", "shared memory", "there is no /dev/shm", expected, fix);
  return free >= wantedSharedBytes
    ? passed("shared memory", `${sizeText(free)} free`, expected)
    : wrong("warning", "shared memory", `${sizeText(free)} free`, expected, fix);
}

/** Verdict on memory: what is available here, and what the container allows. */
export function judgeMemory(memory: AvailableMemory, wanted: WantedMemory): Check {
  const { available, limit } = memory;
  const found = `${sizeText(available)} available${limit === undefined ? "" : `, ${sizeText(limit)} left under the cgroup's limit`}`;
  const expected = `about ${sizeText(wanted.bytes)} for ${wanted.name}`;
  return usableBytes(memory) >= wanted.bytes
    ? passed("memory", found, expected)
    : wrong(
        "warning",
        "memory",
        found,
        expected,
        "ps aux --sort=-rss | head  (end what is not needed, raise the container's limit, or take fewer volumes a step)",
      );
}

/** Binds a Unix socket as the worker would, in a private folder made as for a worker. */
async function checkSockets(): Promise<Check> {
  const expected = "a Unix socket in a private folder";
  const { createRuntimeDir, removeRuntimeDir } = await import("../../../worker/index.ts");
  let folder: string | undefined;
  try {
    folder = createRuntimeDir();
    const path = join(folder, "rank-0000.sock");
    if (Buffer.byteLength(path) > maxSocketPathBytes)
      return wrong(
        "warning",
        "sockets",
        `${path} is longer than ${maxSocketPathBytes} bytes; loopback TCP is used instead`,
        expected,
        "unset TMPDIR",
      );
    await bindOnce(path);
    return passed("sockets", `can bind ${path}`, expected);
  } catch (cause) {
    const why = isTomoeError(cause)
      ? cause.message
      : typeof cause === "object" && cause !== null && "code" in cause
        ? String(cause.code)
        : String(cause);
    return wrong(
      "failed",
      "sockets",
      `cannot bind a Unix socket: ${why}`,
      expected,
      "export TMPDIR=$(mktemp -d)  (a local file system that takes sockets)",
    );
  } finally {
    if (folder !== undefined) removeRuntimeDir(folder);
  }
}

async function bindOnce(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** The folder itself, or the nearest one above it that is there. */
function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}
