import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentOf, sampleOf, stampOf } from "../../../../../../ts/run/data/scans/stamp.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

function written(bytes: Uint8Array): string {
  const path = join(root, `s${made++}`);
  writeFileSync(path, bytes);
  return path;
}

function series(parts: Readonly<Record<string, string>>): string {
  const folder = join(root, `d${made++}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(parts)) writeFileSync(join(folder, name), text);
  return folder;
}

const large = (seed: number): Uint8Array => Buffer.alloc(1 << 20, seed);

describe("what lies at the path of a scan", () => {
  it("changes with sizes and times, and with nothing else", async () => {
    const path = written(large(1));
    const { stamp, sizes } = await stampOf(path);
    expect(sizes).toEqual([1 << 20]);
    expect((await stampOf(path)).stamp).toBe(stamp);
    utimesSync(path, 5, 5);
    expect((await stampOf(path)).stamp).not.toBe(stamp);
  });

  it("of a folder is that of all its files", async () => {
    const folder = series({ a: "1", b: "22" });
    const before = await stampOf(folder);
    expect(before.sizes).toEqual([1, 2]);
    appendFileSync(join(folder, "b"), "3");
    expect((await stampOf(folder)).stamp).not.toBe(before.stamp);
  });

  it("is refused where nothing lies", async () => {
    expect(await caught(() => stampOf(join(root, "gone")))).toMatchObject({ code: "PATH_NOT_FOUND" });
  });
});

describe("a digest of parts", () => {
  it("is equal for equal scans, and sees beginning, middle and end", async () => {
    const bytes = Buffer.from(large(1));
    const whole = await sampleOf(await stampOf(written(bytes)));
    expect(await sampleOf(await stampOf(written(bytes)))).toBe(whole);
    for (const at of [0, 1 << 19, (1 << 20) - 1])
      expect(await sampleOf(await stampOf(written(bytes.with(at, 9))))).not.toBe(whole);
    expect(await sampleOf(await stampOf(written(bytes.subarray(1))))).not.toBe(whole);
  });

  it("may be equal for scans that differ elsewhere, whose whole content then tells them apart", async () => {
    const bytes = Buffer.from(large(1));
    const [one, other] = [await stampOf(written(bytes)), await stampOf(written(bytes.with(200_000, 9)))];
    expect(await sampleOf(other)).toBe(await sampleOf(one));
    expect(await contentOf(other)).not.toBe(await contentOf(one));
  });
});

describe("the content of a scan", () => {
  it("of a file is the SHA-256 of its bytes", async () => {
    const bytes = Buffer.from("voxels");
    const digest = createHash("sha256").update(bytes).digest("hex");
    expect(await contentOf(await stampOf(written(bytes)))).toBe(digest);
  });

  it("of a folder does not hang on how its files are called", async () => {
    const one = series({ a: "first", b: "second" });
    const content = await contentOf(await stampOf(one));
    renameSync(join(one, "a"), join(one, "z"));
    expect(await contentOf(await stampOf(one))).toBe(content);
    expect(await contentOf(await stampOf(series({ a: "first", b: "other!" })))).not.toBe(content);
  });
});
