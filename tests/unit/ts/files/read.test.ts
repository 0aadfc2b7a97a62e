import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  fileError,
  filesBelow,
  kindOfPath,
  printable,
  readHead,
  readWhole,
  throwIfAborted,
} from "../../../../ts/files/read.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
const file = join(root, "b.bin");
writeFileSync(file, Buffer.from("0123456789"));
mkdirSync(join(root, "sub"));
writeFileSync(join(root, "sub", "a.bin"), "a");

describe("files", () => {
  it("tells files from folders", async () => {
    expect(await kindOfPath(file)).toBe("file");
    expect(await kindOfPath(root)).toBe("folder");
  });

  it.each([
    ["a path that is not there", join(root, "none")],
    ["a path below a file", join(file, "x")],
    ["a NUL in the name", `${file}\0x`],
    ["a name too long", join(root, "x".repeat(300))],
  ])("says PATH_NOT_FOUND for %s", async (_, path) => {
    for (const use of [() => kindOfPath(path), () => readHead(path, 4), () => readWhole(path, 100)]) {
      const error = await caught(use);
      expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
      expect(error.message).toContain("nothing can be read at");
    }
  });

  it("says PATH_NOT_FOUND for a loop of links", async () => {
    symlinkSync("loop", join(root, "loop"));
    expect((await caught(() => kindOfPath(join(root, "loop")))).code).toBe("PATH_NOT_FOUND");
  });

  it("refuses a pipe at once instead of waiting for a writer", async () => {
    const pipe = join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(await caught(() => kindOfPath(pipe))).toMatchObject({
      code: "DATA_UNSUPPORTED",
      message: expect.stringContaining("not a regular file"),
    });
  });

  it("maps a failed read to IO_FAILED with exit code 74 and a hint about rights", () => {
    const error = fileError(Object.assign(new Error("x"), { code: "EACCES" }), file, "opening");
    expect([error.code, error.exitCode, error.details.system]).toEqual(["IO_FAILED", 74, "EACCES"]);
    expect(error.hint).toContain("right to read");
    expect(fileError("odd", file, "reading").details.system).toBe("unknown");
  });

  it("reads the beginning and the whole, in a buffer of its own", async () => {
    expect(await readHead(file, 4)).toMatchObject({ sizeBytes: 10 });
    expect((await readHead(file, 4)).bytes.toString()).toBe("0123");
    expect((await readHead(file, 400)).bytes.toString()).toBe("0123456789");
    const whole = await readWhole(file, 10);
    expect(whole.toString()).toBe("0123456789");
    expect([whole.byteOffset, whole.buffer.byteLength]).toEqual([0, 10]);
  });

  it("refuses a file above the limit, naming both sizes", async () => {
    expect(await caught(() => readWhole(file, 9))).toMatchObject({
      code: "DATA_UNSUPPORTED",
      details: { sizeBytes: 10, maxBytes: 9 },
    });
  });

  it("lists files below a folder in path order, without following links to folders", async () => {
    symlinkSync(root, join(root, "up"));
    const found = (await filesBelow(root)).map((path) => path.slice(root.length + 1));
    expect(found).toEqual(["b.bin", "loop", "sub/a.bin", "up"]);
  });

  it("prints control characters as escapes and raises CANCELLED once aborted", async () => {
    expect(printable("a\nb\u001b[31m")).toBe("a\\nb\\u001b[31m");
    throwIfAborted(undefined);
    expect((await caught(() => throwIfAborted(AbortSignal.abort()))).code).toBe("CANCELLED");
  });
});
