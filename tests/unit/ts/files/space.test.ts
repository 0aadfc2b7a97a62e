import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TomoeError } from "../../../../ts/errors.ts";
import { defaultSpaceWait, SpaceWaiter, written } from "../../../../ts/files/space.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
const context = (name: string, neededBytes = 500) => ({
  action: `append to ${name}`,
  path: join(root, name),
  neededBytes,
});
const noSpace = (): Error => Object.assign(new Error("no space"), { code: "ENOSPC" });

/** A write that meets a full disk `times` times, then gives its result. */
function fullFor(times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw noSpace();
    return "written";
  };
}

describe("a write that waits for space", () => {
  it("is told once when the disk is full and once when it goes on", async () => {
    const lines: string[] = [];
    const waiter = new SpaceWaiter({ timeoutMs: 600_000, pollMs: 1 }, (line) => lines.push(line));
    expect(await waiter.whenThereIsSpace(context("a.jsonl"), fullFor(3))).toBe("written");
    expect(lines).toEqual([
      `the disk is full: paused, needs 500 bytes at ${join(root, "a.jsonl")}; free space within 600 s`,
      "there is space again: went on to append to a.jsonl",
    ]);
  });

  it("fails with what it needed once the time is over", async () => {
    const waiter = new SpaceWaiter({ timeoutMs: 20, pollMs: 5 }, () => undefined);
    const refused = await caught(() =>
      waiter.whenThereIsSpace(context("a.jsonl"), fullFor(Number.POSITIVE_INFINITY)),
    );
    expect([refused.code, refused.exitCode, refused.details]).toEqual([
      "DISK_FULL",
      74,
      {
        path: join(root, "a.jsonl"),
        errno: "ENOSPC",
        neededBytes: 500,
        freeBytes: expect.any(Number),
      },
    ]);
  });

  it("is told together with those that wait at once, whichever goes on last", async () => {
    const lines: string[] = [];
    const waiter = new SpaceWaiter({ timeoutMs: 600_000, pollMs: 1 }, (line) => lines.push(line));
    const names = ["a", "b", "c"];
    const done = await Promise.all(
      names.map((name, index) => waiter.whenThereIsSpace(context(name, 9), fullFor(2 + 3 * index))),
    );
    expect(done).toEqual(["written", "written", "written"]);
    expect(lines).toEqual([
      `the disk is full: paused, needs 9 bytes at ${join(root, "a")}; free space within 600 s`,
      "there is space again: went on to append to c",
    ]);
    // Waiting begins anew the next time.
    await waiter.whenThereIsSpace(context("d"), fullFor(1));
    expect(lines).toHaveLength(4);
  });

  it("waits no more after a wait in vain: the run is ending", async () => {
    let tries = 0;
    const waiter = new SpaceWaiter({ timeoutMs: 20, pollMs: 5 }, () => undefined);
    const always = async (): Promise<never> => {
      tries += 1;
      throw noSpace();
    };
    await caught(() => waiter.whenThereIsSpace(context("a"), always));
    tries = 0;
    expect((await caught(() => waiter.whenThereIsSpace(context("b"), always))).code).toBe("DISK_FULL");
    expect(tries).toBe(1);
    // What has space still succeeds.
    expect(await waiter.whenThereIsSpace(context("c"), fullFor(0))).toBe("written");
  });

  it("stops waiting at once when the run is stopped", async () => {
    const stop = new AbortController();
    const waiter = new SpaceWaiter({ timeoutMs: 600_000, pollMs: 600_000, signal: stop.signal }, () =>
      stop.abort(),
    );
    const refused = await caught(() =>
      waiter.whenThereIsSpace(context("a"), fullFor(Number.POSITIVE_INFINITY)),
    );
    expect(refused.code).toBe("DISK_FULL");
  });

  it("does not wait for anything but space", async () => {
    const lines: string[] = [];
    const waiter = new SpaceWaiter({ timeoutMs: 600_000, pollMs: 1 }, (line) => lines.push(line));
    const broken = Object.assign(new Error("broken"), { code: "EIO" });
    await expect(waiter.whenThereIsSpace(context("a"), () => Promise.reject(broken))).rejects.toBe(broken);
    const unplaced = new TomoeError("PERMISSION", "denied", { hint: "Give the right." });
    const placed = await caught(() => waiter.whenThereIsSpace(context("a"), () => Promise.reject(unplaced)));
    expect([placed.code, placed.details.path]).toEqual(["PERMISSION", join(root, "a")]);
    expect(lines).toEqual([]);
  });

  it("says what the failed write itself knows, which is more exact than what it was part of", async () => {
    const lines: string[] = [];
    const waiter = new SpaceWaiter({ timeoutMs: 600_000, pollMs: 1 }, (line) => lines.push(line));
    const full = new TomoeError("DISK_FULL", "full", {
      hint: "Free space.",
      details: { path: "/inner", neededBytes: 7 },
    });
    let first = true;
    await waiter.whenThereIsSpace(context("outer"), async () => {
      if (!first) return;
      first = false;
      throw full;
    });
    expect(lines[0]).toContain("needs 7 bytes at /inner");
  });

  it("has five minutes by default", () => {
    expect(defaultSpaceWait).toEqual({ timeoutMs: 300_000, pollMs: 1000 });
  });
});

describe("a write", () => {
  it("gets the code of its failure, and waits where there is a waiter alone", async () => {
    const refused = await caught(() => written(context("a"), undefined, fullFor(1)));
    expect([refused.code, refused.message]).toEqual([
      "DISK_FULL",
      `[DISK_FULL] cannot append to a of 500 bytes at ${join(root, "a")}: ENOSPC`,
    ]);
    const waiter = new SpaceWaiter({ timeoutMs: 600_000, pollMs: 1 }, () => undefined);
    expect(await written(context("a"), waiter, fullFor(1))).toBe("written");
  });
});

describe("a disk that is really full", () => {
  const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;
  if (!canMount)
    console.warn(
      "skipped: a full disk needs a mount namespace of its own (unshare -rm), which this machine does not allow",
    );
  (canMount ? it : it.skip)(
    "keeps every acknowledged metric, and the record goes on once there is space",
    () => {
      const script = fileURLToPath(new URL("../track/children/fill-disk.ts", import.meta.url));
      const folder = join(root, "tmpfs");
      mkdirSync(folder);
      const mountAndRun = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"';
      const run = spawnSync(
        "unshare",
        ["-rm", "sh", "-c", mountAndRun, "sh", folder, process.execPath, script],
        { encoding: "utf8" },
      );
      expect(run.stderr).toContain("the disk is full: paused");
      expect(run.stderr).toContain("there is space again");
      expect(JSON.parse(run.stdout)).toEqual({
        fullCode: "DISK_FULL",
        present: "all acknowledged, none else",
        afterSpace: "appended",
        checkpointCode: "DISK_FULL",
        leftovers: [],
      });
    },
  );
});
