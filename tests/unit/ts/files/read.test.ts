import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  isLink,
  kindOfPath,
  lookInto,
  ReadRoom,
  readHead,
  readPart,
  readPieces,
  readWhole,
  realPath,
  throwIfAborted,
} from "../../../../ts/files/read.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
const file = join(root, "b.bin");
writeFileSync(file, Buffer.from("0123456789"));
mkdirSync(join(root, "sub"));
writeFileSync(join(root, "sub", "a.bin"), "a");

describe("ReadRoom", () => {
  it("is the same memory for one file after another, and grows for a larger one", async () => {
    const room = new ReadRoom();
    const [first, second] = [await readWhole(file, 100, undefined, 0, room), room.take(4)];
    expect([first.toString(), second.toString()]).toEqual(["0123456789", "0123"]);
    expect(second.buffer).toBe(first.buffer);
    const large = room.take(100_000);
    expect([large.length, large.buffer === first.buffer]).toEqual([100_000, false]);
    expect(room.take(65_536).buffer).toBe(large.buffer);
  });

  it("holds the beginning of a file while it is looked into", async () => {
    const room = new ReadRoom();
    const seen: string[] = [];
    const look = (bytes: Buffer): number | { readonly found: number } => {
      seen.push(bytes.toString());
      expect(bytes.buffer).toBe(room.take(1).buffer);
      return bytes.length < 4 ? 4 : { found: bytes.length };
    };
    expect(await lookInto(file, 2, look, room)).toBe(4);
    expect(seen).toEqual(["01", "0123"]);
  });
});

describe("files", () => {
  it("tells files from folders", async () => {
    expect(await kindOfPath(file)).toBe("file");
    expect(await kindOfPath(root)).toBe("folder");
  });

  it("tells links from what they lead to", async () => {
    symlinkSync(root, join(root, "to-folder"));
    symlinkSync("gone", join(root, "dead"));
    expect(
      await Promise.all(["to-folder", "dead", "b.bin", "none"].map((name) => isLink(join(root, name)))),
    ).toEqual([true, true, false, false]);
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

  it("reads the beginning and the whole, in a buffer of its own", async () => {
    expect(await readHead(file, 4)).toMatchObject({ sizeBytes: 10 });
    expect((await readHead(file, 4)).bytes.toString()).toBe("0123");
    expect((await readHead(file, 400)).bytes.toString()).toBe("0123456789");
    const whole = await readWhole(file, 10);
    expect(whole.toString()).toBe("0123456789");
    expect([whole.byteOffset, whole.buffer.byteLength]).toEqual([0, 10]);
  });

  it("reads more of the beginning for as long as it is asked to", async () => {
    const seen: string[] = [];
    const found = await lookInto(file, 2, (bytes, sizeBytes) => {
      seen.push(bytes.toString());
      return bytes.length < 8 ? 3 * bytes.length : { found: sizeBytes };
    });
    expect([found, seen]).toEqual([10, ["01", "012345", "0123456789"]]);
  });

  it("tells every piece of a file once, with how far it is", async () => {
    const large = join(root, "large.bin");
    writeFileSync(large, Buffer.alloc(40 * 2 ** 20 + 3, 5));
    const told: number[][] = [];
    const whole = await readWhole(large, 2 ** 26, (piece, done, total) =>
      told.push([piece.length, done, total]),
    );
    const lengths = told.map(([length = 0]) => length);
    expect(lengths.length).toBeGreaterThan(1);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(whole.length);
    expect(told.at(-1)).toEqual([lengths.at(-1), whole.length, whole.length]);
    let sum = 0;
    for await (const piece of readPieces(large, (used) => {
      sum += used.length;
    }))
      expect(piece.every((byte) => byte === 5)).toBe(true);
    expect(sum).toBe(whole.length);
  });

  it("reads so many bytes from a place on, piece by piece", async () => {
    const parts = async (range: { readonly from?: number; readonly most?: number }): Promise<string> => {
      const found: Buffer[] = [];
      for await (const piece of readPieces(file, () => undefined, undefined, range))
        found.push(Buffer.from(piece));
      return Buffer.concat(found).toString();
    };
    expect(await parts({})).toBe("0123456789");
    expect(await parts({ from: 3, most: 4 })).toBe("3456");
    expect(await parts({ from: 8, most: 99 })).toBe("89");
    expect([await parts({ from: 10 }), await parts({ most: 0 })]).toEqual(["", ""]);
  });

  it("stops between two pieces when it is cancelled", async () => {
    const stop = new AbortController();
    const pieces = readPieces(join(root, "large.bin"), () => stop.abort(), stop.signal);
    const error = await caught(async () => {
      for await (const piece of pieces) expect(piece.length).toBe(2 ** 20);
    });
    expect(error.code).toBe("CANCELLED");
  });

  it("refuses a file above the limit, naming both sizes", async () => {
    expect(await caught(() => readWhole(file, 9))).toMatchObject({
      code: "DATA_UNSUPPORTED",
      details: { sizeBytes: 10, maxBytes: 9 },
    });
  });

  const shorter = "/sys/devices/system/cpu/online";
  if (!existsSync(shorter)) console.warn(`skipped: this machine has no ${shorter}`);
  (existsSync(shorter) ? it : it.skip)(
    "says DATA_TRUNCATED of a file that ends before its size",
    async () => {
      // The kernel states a whole page for it, whatever it holds.
      const error = await caught(() => readWhole(shorter, 1e6));
      expect([error.code, error.exitCode]).toEqual(["DATA_TRUNCATED", 65]);
      expect(error.message).toMatch(/ended after \d+ of 4096 bytes while it was read$/);
    },
  );

  it("raises CANCELLED once aborted", async () => {
    throwIfAborted(undefined);
    expect((await caught(() => throwIfAborted(AbortSignal.abort()))).code).toBe("CANCELLED");
  });

  it("reads what follows the first bytes of a file, under the limit of that alone", async () => {
    const path = join(root, "behind");
    writeFileSync(path, "headervoxels");
    const seen: string[] = [];
    const behind = await readWhole(path, 6, (piece) => seen.push(String(piece)), 6);
    expect([String(behind), seen.join("")]).toEqual(["voxels", "voxels"]);
    expect((await readWhole(path, 6, undefined, 99)).length).toBe(0);
    expect((await caught(() => readWhole(path, 5, undefined, 6))).code).toBe("DATA_UNSUPPORTED");
  });

  it("follows links to where they lead, as bytes, and says when they lead nowhere", async () => {
    const path = join(root, "led-to");
    writeFileSync(path, "x");
    symlinkSync("led-to", join(root, "leads"));
    symlinkSync("nothing", join(root, "leads-nowhere"));
    expect(String(await realPath(join(root, "leads")))).toBe(String(await realPath(path)));
    expect((await caught(() => realPath(join(root, "leads-nowhere")))).code).toBe("PATH_NOT_FOUND");
  });
});

describe("a part of a file", () => {
  it.each([
    [0, 4, "0123"],
    [3, 2, "34"],
    [10, 0, ""],
  ])("from byte %d on, %d bytes, is read into a buffer of its own", async (from, length, text) => {
    const bytes = await readPart(file, from, length);
    expect(bytes.toString()).toBe(text);
    expect(bytes.buffer.byteLength).toBe(length);
  });

  it("is refused where the file ends before, and where it is not there", async () => {
    expect(await caught(() => readPart(file, 8, 4))).toMatchObject({ code: "DATA_TRUNCATED" });
    expect(await caught(() => readPart(join(root, "none"), 0, 4))).toMatchObject({ code: "PATH_NOT_FOUND" });
  });
});
