import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { TomoeError } from "../../../../ts/errors.ts";
import {
  codeOfErrno,
  errnoOf,
  isDiskFull,
  isMissing,
  readFailure,
  writeFailure,
} from "../../../../ts/files/codes.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
const path = join(root, "scorecard.json");

describe("a failed file operation", () => {
  it.each([
    ["ENOSPC", "DISK_FULL", 74, "DISK_FULL", 74],
    ["EDQUOT", "DISK_FULL", 74, "DISK_FULL", 74],
    ["EACCES", "PERMISSION", 77, "PERMISSION", 77],
    ["EPERM", "PERMISSION", 77, "PERMISSION", 77],
    ["EROFS", "PERMISSION", 77, "PERMISSION", 77],
    ["ENOENT", "PATH_NOT_FOUND", 64, "OUTPUT_CREATE", 73],
    ["ENOTDIR", "PATH_NOT_FOUND", 64, "OUTPUT_CREATE", 73],
    ["ENAMETOOLONG", "PATH_NOT_FOUND", 64, "OUTPUT_CREATE", 73],
    ["ELOOP", "PATH_NOT_FOUND", 64, "OUTPUT_CREATE", 73],
    ["ERR_INVALID_ARG_VALUE", "PATH_NOT_FOUND", 64, "OUTPUT_CREATE", 73],
    ["EEXIST", "IO_FAILED", 74, "OUTPUT_CREATE", 73],
    ["ENOTEMPTY", "IO_FAILED", 74, "OUTPUT_CREATE", 73],
    ["EISDIR", "IO_FAILED", 74, "OUTPUT_CREATE", 73],
    ["EMLINK", "IO_FAILED", 74, "OUTPUT_CREATE", 73],
    ["EIO", "IO_FAILED", 74, "IO_FAILED", 74],
    ["ESTALE", "IO_FAILED", 74, "IO_FAILED", 74],
  ])(
    "with %s is %s (exit %d) to a reader and %s (exit %d) to a writer",
    (errno, read, readExit, write, writeExit) => {
      const cause = Object.assign(new Error("refused"), { code: errno });
      const reading = readFailure(cause, { action: "read the file", path });
      const writing = writeFailure(cause, { action: "write scorecard.json", path, neededBytes: 12 });
      expect([reading.code, reading.exitCode, writing.code, writing.exitCode]).toEqual([
        read,
        readExit,
        write,
        writeExit,
      ]);
      expect(reading.message).toBe(
        read === "PATH_NOT_FOUND"
          ? `[PATH_NOT_FOUND] nothing can be read at ${path} (${errno})`
          : `[${read}] cannot read the file at ${path}: ${errno}`,
      );
      expect(writing.message).toBe(`[${write}] cannot write scorecard.json of 12 bytes at ${path}: ${errno}`);
      for (const failure of [reading, writing]) {
        expect(failure.hint).toMatch(/^[A-Z].{20,}\.$/);
        expect(failure.details).toMatchObject({ path, errno });
        expect(failure.cause).toBe(cause);
      }
      expect(writing.details.neededBytes).toBe(12);
      expect(typeof writing.details.freeBytes).toBe(write === "DISK_FULL" ? "number" : "undefined");
    },
  );

  it("that is a folder in a file's place says so, and nothing of a disk", () => {
    const cause = Object.assign(new Error("refused"), { code: "EISDIR" });
    expect(readFailure(cause, { action: "read the file", path }).hint).toBe(
      "It is a folder: name a file in it.",
    );
    const damaged = Object.assign(new Error("refused"), { code: "EIO" });
    expect(readFailure(damaged, { action: "read the file", path }).hint).toContain("Check the disk");
  });

  it("has one code whatever is named like a property of every object", () => {
    fc.assert(
      fc.property(fc.constantFrom("constructor", "__proto__", "toString", "", "unknown"), (errno) => {
        expect([codeOfErrno(errno, "read"), codeOfErrno(errno, "write")]).toEqual(["IO_FAILED", "IO_FAILED"]);
      }),
      { seed: 20261128 },
    );
  });

  it("says with what another place is named, where there is such a thing", () => {
    const hint = (code: string, setBy?: string): string =>
      writeFailure({ code }, { action: "create the folder", path, setBy }).hint;
    expect(hint("EROFS", "--runs")).toBe(
      "That file system is mounted read-only; give a folder that can be written, with --runs.",
    );
    expect(hint("EACCES", "TMPDIR")).toContain("or give another folder, with TMPDIR.");
    expect(hint("ENOTDIR", "--out")).toContain("or name another one with --out.");
    expect(hint("EROFS")).toBe("That file system is mounted read-only; give a folder that can be written.");
    expect(readFailure({ code: "EACCES" }, { action: "read", path }).hint).toContain("the right to read");
  });

  it.each([
    ["a bug", new RangeError("broken")],
    ["an abort", new DOMException("stopped", "AbortError")],
    ["an abort of node:fs", Object.assign(new Error("stopped"), { code: "ABORT_ERR" })],
    ["no error at all", "odd"],
  ])("is not what %s is: that is thrown as it came", (_, cause) => {
    for (const name of [readFailure, writeFailure]) {
      let thrown: unknown;
      try {
        name(cause, { action: "write", path });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(cause);
    }
  });

  it("says nothing of free space where that cannot be asked", () => {
    const failure = writeFailure({ code: "ENOSPC" }, { action: "write", path: join(root, "gone", "a", "b") });
    expect([failure.code, failure.details]).toEqual([
      "DISK_FULL",
      { path: join(root, "gone", "a", "b"), errno: "ENOSPC" },
    ]);
  });
});

describe("a failure that a worker met", () => {
  const said = new TomoeError("IO_FAILED", "the checkpoint could not be written: SafetensorError", {
    hint: "Check the disk and its permissions.",
  });

  it("gets the path that the worker does not know, and keeps its own words", () => {
    const failure = writeFailure(said, { action: "write the checkpoint", path: "/runs/x/checkpoints" });
    expect([failure.code, failure.details.path, failure.hint, failure.cause]).toEqual([
      "IO_FAILED",
      "/runs/x/checkpoints",
      said.hint,
      said,
    ]);
    expect(failure.message).toBe(
      "[IO_FAILED] cannot write the checkpoint at /runs/x/checkpoints: the checkpoint could not be written: SafetensorError",
    );
  });

  it("and that is a full disk gets the free space of that path", () => {
    mkdirSync(join(root, "checkpoints"));
    const full = new TomoeError("DISK_FULL", "no room", { hint: "Free space.", details: { neededBytes: 9 } });
    const failure = writeFailure(full, { action: "write", path: join(root, "checkpoints") });
    expect(failure.details).toEqual({
      path: join(root, "checkpoints"),
      neededBytes: 9,
      freeBytes: expect.any(Number),
    });
  });

  it("passes as it is when it names a path or is no failure of a disk", () => {
    const placed = new TomoeError("PERMISSION", "no", { hint: "No.", details: { path: "/elsewhere" } });
    const other = new TomoeError("WORKER_DIED", "gone", { hint: "Nothing to do." });
    for (const error of [placed, other]) {
      expect(writeFailure(error, { action: "write", path })).toBe(error);
      expect(readFailure(error, { action: "read", path })).toBe(error);
    }
  });
});

describe("what an error says of itself", () => {
  it("is its errno, also once it has a code of ours", () => {
    expect(errnoOf({ code: "ENOSPC" })).toBe("ENOSPC");
    expect(errnoOf(readFailure({ code: "ENOENT" }, { action: "read", path }))).toBe("ENOENT");
    for (const other of [undefined, null, "ENOENT", 2, {}, { code: 2 }, new Error("x")])
      expect(errnoOf(other)).toBeUndefined();
    expect(errnoOf(new TomoeError("INTERNAL", "x", { hint: "Report this." }))).toBeUndefined();
  });

  it("tells a full disk and a missing file from the rest", () => {
    expect([isDiskFull({ code: "EDQUOT" }), isDiskFull({ code: "EIO" })]).toEqual([true, false]);
    expect(isDiskFull(new TomoeError("DISK_FULL", "x", { hint: "Free space." }))).toBe(true);
    expect([isMissing({ code: "ENOENT" }), isMissing({ code: "ENOTDIR" })]).toEqual([true, false]);
  });
});
