import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceDigest, sourceStamp } from "../../../../../ts/data/cache/source.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
const put = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

describe("the stamp of a source", () => {
  it("changes with size, time and file, and with nothing else", async () => {
    const path = put("a.nii", "one");
    utimesSync(path, 1000, 1000);
    const { stamp, newestMs } = await sourceStamp(path);
    expect(newestMs).toBe(1_000_000);
    expect((await sourceStamp(path)).stamp).toBe(stamp);
    utimesSync(path, 1000, 1001);
    expect((await sourceStamp(path)).stamp).not.toBe(stamp);
    put("b.nii", "two");
    renameSync(join(root, "b.nii"), path);
    utimesSync(path, 1000, 1000);
    expect((await sourceStamp(path)).stamp).not.toBe(stamp);
  });

  it("of a folder is that of all files below it, with the newest time", async () => {
    mkdirSync(join(root, "series/deep"), { recursive: true });
    const files = ["series/1.dcm", "series/deep/2.dcm"].map((name) => put(name, name));
    files.forEach((path, at) => {
      utimesSync(path, 1, 100 + at);
    });
    const folder = join(root, "series");
    const { stamp, newestMs } = await sourceStamp(folder);
    expect(newestMs).toBe(101_000);
    utimesSync(files[0] ?? "", 1, 7);
    expect((await sourceStamp(folder)).stamp).not.toBe(stamp);
  });

  it("names a path that is not there", async () => {
    const error = await caught(async () => await sourceStamp(join(root, "gone.nii")));
    expect(error.code).toBe("PATH_NOT_FOUND");
    expect(error.message).toContain("gone.nii");
  });
});

describe("the digest of a source", () => {
  it("of a file is its SHA-256, also of several pieces", async () => {
    const text = "x".repeat(2 ** 21 + 5);
    expect(await sourceDigest(put("large.nii", text))).toBe(sha(text));
  });

  it("of a folder does not depend on names", async () => {
    for (const [folder, names] of [
      ["left", ["1", "2"]],
      ["right", ["b", "a"]],
    ] as const) {
      mkdirSync(join(root, folder));
      names.forEach((name, at) => {
        put(`${folder}/${name}`, `slice ${at}`);
      });
    }
    const expected = sha([sha("slice 0"), sha("slice 1")].sort().join("\n"));
    expect(await sourceDigest(join(root, "left"))).toBe(expected);
    expect(await sourceDigest(join(root, "right"))).toBe(expected);
  });

  it("stops when it is told to", async () => {
    const path = put("stopped.nii", "abc");
    expect((await caught(() => sourceDigest(path, AbortSignal.abort()))).code).toBe("CANCELLED");
  });
});

describe("what is no source", () => {
  it("is refused by its kind: a pipe holds nobody up", async () => {
    const pipe = join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const look of [sourceStamp, sourceDigest]) {
      const error = await caught(async () => await look(pipe));
      expect([error.code, error.message.includes("is a pipe, socket or device")]).toEqual([
        "DATA_UNSUPPORTED",
        true,
      ]);
    }
  });

  it("is followed where it is a link, and is what it leads to", async () => {
    const path = put("target.nii", "bytes");
    utimesSync(path, 1000, 1000);
    symlinkSync(path, join(root, "link.nii"));
    expect(await sourceDigest(join(root, "link.nii"))).toBe(sha("bytes"));
    expect(await sourceStamp(join(root, "link.nii"))).toEqual(await sourceStamp(path));
    symlinkSync(join(root, "nowhere"), join(root, "dangling.nii"));
    expect((await caught(async () => await sourceStamp(join(root, "dangling.nii")))).code).toBe(
      "PATH_NOT_FOUND",
    );
  });

  it("names the folder, and no file in it, where one of its files cannot be read", async () => {
    const folder = join(root, "named");
    mkdirSync(folder);
    symlinkSync(join(root, "gone"), join(folder, "doe-jane.dcm"));
    for (const look of [sourceStamp, sourceDigest]) {
      const error = await caught(async () => await look(folder));
      expect(error.message).toContain("named");
      expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain("doe");
    }
  });

  it("is an empty folder's: it has a digest, which no file of it can change", async () => {
    const folder = join(root, "empty");
    mkdirSync(folder);
    expect(await sourceDigest(folder)).toBe(sha(""));
    expect((await sourceStamp(folder)).newestMs).toBe(0);
  });
});
