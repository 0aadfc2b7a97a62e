import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TomoeError } from "../../../../ts/errors.ts";
import { ioFailure } from "../../../../ts/files/codes.ts";
import { waitForSpace } from "../../../../ts/files/space.ts";
import { writeDurably } from "../../../../ts/files/whole.ts";
import { failureOf, scratchFolder, startChild } from "../track/fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const isRoot = process.getuid?.() === 0;
const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;
if (!canMount)
  console.warn(
    "skipped: a full disk needs a mount namespace of its own (unshare -rm), which this machine does not allow",
  );
const withMount = canMount ? it : it.skip;

describe("a failed file operation", () => {
  it.each([
    ["ENOSPC", "DISK_FULL", 74],
    ["EDQUOT", "DISK_FULL", 74],
    ["EACCES", "PERMISSION", 77],
    ["EPERM", "PERMISSION", 77],
    ["EROFS", "PERMISSION", 77],
    ["ENOENT", "OUTPUT_CREATE", 73],
    ["ENOTDIR", "OUTPUT_CREATE", 73],
    ["EIO", "IO_FAILED", 74],
    ["ESTALE", "IO_FAILED", 74],
  ])("with %s is %s, exit code %d, with path and hint", (errno, code, exit) => {
    const failure = ioFailure(
      { code: errno },
      { action: "write scorecard.json", path: join(scratch.path, "scorecard.json"), neededBytes: 12 },
    );
    expect(failure.code).toBe(code);
    expect(failure.exitCode).toBe(exit);
    expect(failure.message).toBe(
      `[${code}] cannot write scorecard.json of 12 bytes at ${join(scratch.path, "scorecard.json")}: ${errno}`,
    );
    expect(failure.hint.length).toBeGreaterThan(20);
    if (code === "DISK_FULL") expect(failure.details.freeBytes).toEqual(expect.any(Number));
  });

  it("leaves the old file whole and no temporary one when the new one cannot be written", async () => {
    const folder = join(scratch.path, "old");
    mkdirSync(folder);
    await writeDurably(join(folder, "a.json"), "old");
    const refused = await failureOf(writeDurably(join(folder, "a.json", "b.json"), "new"));
    expect(refused.code).toBe("OUTPUT_CREATE");
    expect(readFileSync(join(folder, "a.json"), "utf8")).toBe("old");
  });

  it("waits for space with one line, goes on with another, and fails when the wait is over", async () => {
    const lines: string[] = [];
    let full = 3;
    const write = async (): Promise<string> => {
      if (full-- > 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      return "written";
    };
    const context = {
      action: "append to 000000.jsonl",
      path: join(scratch.path, "000000.jsonl"),
      neededBytes: 500,
    };
    expect(
      await waitForSpace({ timeoutMs: 5000, pollMs: 5 }, (line) => lines.push(line), context, write),
    ).toBe("written");
    expect(lines).toEqual([
      expect.stringMatching(/^the disk is full: paused, needs 500 bytes at .+; free space within 5 s$/),
      "there is space again: went on to append to 000000.jsonl",
    ]);
    full = Number.POSITIVE_INFINITY;
    const refused = await failureOf(
      waitForSpace({ timeoutMs: 50, pollMs: 5 }, () => undefined, context, write),
    );
    expect(refused.code).toBe("DISK_FULL");
    expect(refused.details.neededBytes).toBe(500);
  });

  it("tells several writes of one run that wait as one, and waits in vain once", async () => {
    const lines: string[] = [];
    let isFull = true;
    const wait = { timeoutMs: 400, pollMs: 5, together: { waiting: 0, gaveUp: false } };
    const write = (name: string) =>
      waitForSpace(
        wait,
        (line) => lines.push(line),
        { action: `write ${name}`, path: join(scratch.path, name), neededBytes: 9 },
        async () => {
          if (isFull) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
          return name;
        },
      );
    const both = Promise.all([write("a"), write("b")]);
    setTimeout(() => {
      isFull = false;
    }, 30);
    expect(await both).toEqual(["a", "b"]);
    expect(lines).toEqual([
      expect.stringMatching(/^the disk is full: paused, needs 9 bytes at .+a; free space within 1 s$/),
      expect.stringMatching(/^there is space again: went on to write [ab]$/),
    ]);
    isFull = true;
    expect((await failureOf(write("c"))).code).toBe("DISK_FULL");
    const started = performance.now();
    expect((await failureOf(write("d"))).code).toBe("DISK_FULL");
    expect(performance.now() - started).toBeLessThan(300);
  });

  it("that a worker met gets the path that the worker does not know, and keeps its own words", () => {
    const said = new TomoeError("IO_FAILED", "the checkpoint could not be written: SafetensorError", {
      hint: "Check the disk and its permissions.",
    });
    const failure = ioFailure(said, { action: "write the checkpoint", path: "/runs/x/checkpoints" });
    expect([failure.code, failure.details.path, failure.hint]).toEqual([
      "IO_FAILED",
      "/runs/x/checkpoints",
      said.hint,
    ]);
    expect(failure.message).toBe(
      "[IO_FAILED] cannot write the checkpoint at /runs/x/checkpoints: the checkpoint could not be written: SafetensorError",
    );
    const other = new TomoeError("WORKER_DIED", "gone", { hint: "Nothing to do." });
    expect(ioFailure(other, { action: "write", path: "/runs" })).toBe(other);
  });

  it("stops waiting for space at once when the run is stopped", async () => {
    const context = { action: "append", path: scratch.path };
    const wait = { timeoutMs: 60_000, pollMs: 60_000, signal: AbortSignal.timeout(30) };
    const refused = await failureOf(
      waitForSpace(
        wait,
        () => undefined,
        context,
        async () => {
          throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        },
      ),
    );
    expect(refused.code).toBe("DISK_FULL");
  });

  withMount(
    "keeps every acknowledged metric on a full disk and goes on once there is space",
    () => {
      const script = fileURLToPath(new URL("../track/children/fill-disk.ts", import.meta.url));
      const folder = join(scratch.path, "tmpfs");
      mkdirSync(folder);
      const run = spawnSync(
        "unshare",
        [
          "-rm",
          "sh",
          "-c",
          'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"',
          "sh",
          folder,
          process.execPath,
          script,
        ],
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
    20_000,
  );

  it("in a folder of someone else is PERMISSION, in a folder that is a file OUTPUT_CREATE", async () => {
    const closed = join(scratch.path, "closed");
    mkdirSync(closed, { mode: 0o555 });
    const file = join(scratch.path, "a-file");
    writeFileSync(file, "");
    // Root may write anywhere, so there the child is nobody.
    chmodSync(scratch.path, 0o755);
    const [denied, inFile] = await Promise.all([
      startChild("create-run.ts", [closed], isRoot ? { uid: 65_534 } : {}).ended,
      startChild("create-run.ts", [join(file, "runs")]).ended,
    ]);
    expect(denied.stdout).toContain("PERMISSION [PERMISSION] cannot create the folder");
    expect(inFile.stdout).toContain("OUTPUT_CREATE [OUTPUT_CREATE] cannot create the folder");
    expect(existsSync(join(closed, "runs"))).toBe(false);
  });
});
