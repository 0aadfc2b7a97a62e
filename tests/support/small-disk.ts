import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own and of a fixed size, in a mount namespace that needs no root. */
export interface SmallDisk {
  /** Its folder, as processes see it that are started `under` it. */
  readonly folder: string;
  /** The same folder, as this process sees it. */
  readonly seen: string;
  /** Command line that runs the rest of its words where the disk is mounted, in the folder above it. */
  readonly under: readonly string[];
  /** Takes all its space but `bytesLeft`, in whole pages. */
  fill(bytesLeft?: number): void;
  /** Gives back what `fill` took, or `bytes` of it in whole pages. */
  free(bytes?: number): void;
  /** Makes it read-only, or writable again, under those who write; false where it is busy. */
  remount(how: "ro" | "rw"): boolean;
  close(): void;
}

/** Why this machine cannot mount a disk for a test; undefined when it can. */
export function noSmallDisk(): string | undefined {
  const tried = spawnSync("unshare", [
    "-rm",
    "sh",
    "-c",
    'mount -t tmpfs tmpfs "$1" && nsenter --version',
    "sh",
    tmpdir(),
  ]);
  return tried.status === 0
    ? undefined
    : "a disk of a test's own needs a mount namespace of its own (unshare -rm, nsenter), which this machine does not allow";
}

/** Mounts a disk of `mebibytes` at `join(above, "disk")`. */
export async function smallDisk(above: string, mebibytes: number): Promise<SmallDisk> {
  const folder = join(above, "disk");
  mkdirSync(folder, { recursive: true });
  // The mount lives as long as this shell does; it ends with its input, so also when this process is killed.
  const keeper = spawn(
    "unshare",
    [
      "-rm",
      "sh",
      "-c",
      `mount -t tmpfs -o size=${mebibytes}m,mode=700 tmpfs "$1" && echo ready && read -r end`,
      "sh",
      folder,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    keeper.stdout.once("data", () => {
      resolve();
    });
    keeper.once("close", (code) => {
      reject(new Error(`no disk could be mounted at ${folder}: ${code}`));
    });
  });
  const enter = ["nsenter", "-t", String(keeper.pid), "-U", "-m", "--preserve-credentials"];
  const seen = `/proc/${keeper.pid}/root${folder}`,
    ballast = join(seen, ".ballast");
  let held = 0;
  return {
    folder,
    seen,
    // Whoever enters a mount namespace stands at its root.
    under: [...enter, "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", above],
    fill(bytesLeft = 0) {
      const { bavail, bsize } = statfsSync(seen);
      const bytes = (bavail - Math.ceil(bytesLeft / bsize)) * bsize;
      if (bytes <= 0) return;
      const file = openSync(ballast, "a", 0o600);
      let at = 0;
      try {
        while (at < bytes) at += writeSync(file, Buffer.alloc(Math.min(bytes - at, 1 << 20)));
      } catch {
        // Those who write beside us were faster: it is full all the same.
      }
      closeSync(file);
      held += at;
    },
    free(bytes = held) {
      held = Math.max(0, held - Math.ceil(bytes / 4096) * 4096);
      if (held === 0) rmSync(ballast, { force: true });
      else truncateSync(ballast, held);
    },
    remount(how) {
      // All options said anew: what mount(8) would read of the old ones names owners that the namespace does
      // not know.
      const mount = [
        "mount",
        "-i",
        "-t",
        "tmpfs",
        "-o",
        `remount,${how},size=${mebibytes}m`,
        "tmpfs",
        folder,
      ];
      return spawnSync(enter[0] ?? "", [...enter.slice(1), ...mount], { stdio: "ignore" }).status === 0;
    },
    close() {
      keeper.stdin.end();
    },
  };
}
