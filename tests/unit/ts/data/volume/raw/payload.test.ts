import { createHash } from "node:crypto";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readVoxelBytes, type VoxelPlan } from "../../../../../../ts/data/volume/raw/payload.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();
let made = 0;
const voxels = Buffer.from(Array.from({ length: 2000 }, (_, at) => (at * 7) % 251));
const put = (bytes: Uint8Array): string => putFile(join(root, String(made++)), "CANARY.raw", bytes);
const file = (
  bytes: Uint8Array,
  more: Partial<VoxelPlan["files"][number]> = {},
): VoxelPlan["files"][number] => ({
  path: put(bytes),
  where: "the voxel file",
  named: false,
  from: 0,
  ...more,
});
const plan = (files: VoxelPlan["files"], more: Partial<VoxelPlan> = {}): VoxelPlan => ({
  files,
  bytes: voxels.length,
  planeBytes: 500,
  ...more,
});
const read = async (of: VoxelPlan, log = new ReadLog(), hash = createHash("sha256")): Promise<Buffer> =>
  await readVoxelBytes(of, 1 << 20, hash, log, undefined);

describe("readVoxelBytes", () => {
  it("reads behind a header, behind lines, behind bytes and at the end of a file", async () => {
    const head = Buffer.from("CANARY header\nline\n");
    const whole = Buffer.concat([head, voxels]);
    for (const start of [
      { from: head.length },
      { skipLines: 2 },
      { skipBytes: head.length },
      { from: 7, skipLines: 1, skipBytes: 5 },
      { skipBytes: "end" as const },
    ]) {
      const hash = createHash("sha256");
      const bytes = await read(plan([file(whole, start)]), new ReadLog(), hash);
      expect(bytes.equals(voxels)).toBe(true);
      expect(Buffer.from(bytes.buffer).includes("CANARY")).toBe(false);
      expect(hash.digest("hex")).toBe(createHash("sha256").update(whole).digest("hex"));
    }
  });

  it("joins files that hold equal shares, and hashes them in order", async () => {
    const hash = createHash("sha256");
    const shares = [0, 500, 1000, 1500].map((at) => file(voxels.subarray(at, at + 500)));
    expect((await read(plan(shares), new ReadLog(), hash)).equals(voxels)).toBe(true);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(voxels).digest("hex"));
  });

  it("unpacks zlib and gzip, one stream a file, and skips inside", async () => {
    const inside = Buffer.concat([Buffer.from("CANARY"), voxels]);
    expect((await read(plan([file(deflateSync(voxels))], { compressed: "zlib" }))).equals(voxels)).toBe(true);
    const skipped = await read(plan([file(gzipSync(inside))], { compressed: "gzip", skipInside: 6 }));
    expect(skipped.equals(voxels)).toBe(true);
    expect(Buffer.from(skipped.buffer).includes("CANARY")).toBe(false);
    const halves = [voxels.subarray(0, 1000), voxels.subarray(1000)].map((half) => file(deflateSync(half)));
    expect((await read(plan(halves, { compressed: "zlib" }))).equals(voxels)).toBe(true);
  });

  it("takes compressed data of any size below the limit", async () => {
    const many = Buffer.alloc(2_000_000, voxels);
    const large = { bytes: many.length, planeBytes: 20_000, compressed: "zlib" as const };
    const packed = deflateSync(many, { level: 0 });
    const of = plan([file(packed)], large);
    expect(packed.length).toBeGreaterThan(1 << 20);
    const bytes = await readVoxelBytes(of, 1 << 22, createHash("sha256"), new ReadLog(), undefined);
    expect(bytes.equals(many)).toBe(true);
  });

  it("tells of what lies before voxels that end with their file, and refuses slices of it, or any behind a header", async () => {
    const log = new ReadLog();
    const leading = (bytes: number, from = 0): VoxelPlan =>
      plan([file(Buffer.concat([Buffer.alloc(bytes, 7), voxels]), { from, skipBytes: "end" })]);
    expect((await read(leading(99), log)).equals(voxels)).toBe(true);
    expect(log.warnings).toEqual([
      { code: "LEADING_BYTES", message: expect.stringMatching(/^99 bytes before the voxels were not read/) },
    ]);
    expect((await read(leading(99, 99))).equals(voxels)).toBe(true);
    for (const [of, said] of [
      [
        leading(1000),
        "holds 1000 bytes before the voxels, which by the header end with the file: 2 more slices",
      ],
      [leading(99, 97), "2 bytes lie between the end of the header and the voxels"],
    ] as const) {
      const error = await caught(() => read(of));
      expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringContaining(said)]);
    }
  });

  it("hashes compressed data with what trails behind the size that is stated", async () => {
    const zlib = deflateSync(voxels);
    const whole = Buffer.concat([Buffer.from("head"), zlib, Buffer.alloc(9, 3)]);
    const hash = createHash("sha256");
    const of = plan([file(whole, { from: 4 })], { compressed: "zlib", compressedBytes: zlib.length });
    expect((await read(of, new ReadLog(), hash)).equals(voxels)).toBe(true);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(whole).digest("hex"));
  });

  it("counts what it did not read in one warning, and keeps none of it", async () => {
    const log = new ReadLog();
    const behind = Buffer.concat([voxels, Buffer.from("CANARY")]);
    const bytes = await read(plan([file(behind)]), log);
    expect(Buffer.from(bytes.buffer).includes("CANARY")).toBe(false);
    await read(plan([file(voxels.subarray(0, 1000)), file(voxels.subarray(1000))]), log);
    const zlib = deflateSync(voxels);
    await read(
      plan([file(Buffer.concat([zlib, Buffer.alloc(9)]))], {
        compressed: "zlib",
        compressedBytes: zlib.length,
      }),
      log,
    );
    expect(log.warnings.map(({ message }) => message)).toEqual([
      "6 bytes after the last voxel were not read",
      "9 bytes after the end of the compressed data were not read",
    ]);
  });

  it.each([
    ["too few", voxels.subarray(1), {}, "DATA_TRUNCATED", /1999 bytes.* needs 2000/],
    ["a slice more", Buffer.concat([voxels, Buffer.alloc(500)]), {}, "DATA_HEADER", /500 bytes more/],
    ["nothing", Buffer.alloc(0), { compressed: "zlib" }, "DATA_TRUNCATED", /holds 0 bytes/],
    ["cut data", deflateSync(voxels).subarray(0, 99), { compressed: "zlib" }, "DATA_TRUNCATED", /zlib/],
    ["other data", Buffer.alloc(99, 7), { compressed: "gzip" }, "DATA_TRUNCATED", /gzip data/],
    ["too few inside", gzipSync(voxels.subarray(9)), { compressed: "gzip" }, "DATA_TRUNCATED", /1991 bytes/],
    [
      "a slice more inside",
      gzipSync(Buffer.concat([voxels, voxels])),
      { compressed: "gzip" },
      "DATA_HEADER",
      /2000 bytes more/,
    ],
    ["a bomb", gzipSync(Buffer.alloc(1 << 23)), { compressed: "gzip" }, "DATA_DECOMPRESS_LIMIT", /past the/],
    [
      "less than declared",
      deflateSync(voxels),
      { compressed: "zlib", compressedBytes: 5000 },
      "DATA_TRUNCATED",
      /needs 5000/,
    ],
  ] as const)("refuses %s without the file's name", async (_, bytes, more, code, what) => {
    const error = await caught(() => read(plan([file(bytes)], more)));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(JSON.stringify(error.toDocument())).not.toContain("CANARY");
  });

  it("refuses lines that are not there, a file that went away, and one above the limit", async () => {
    const lines = await caught(() => read(plan([file(voxels, { skipLines: 4000 })])));
    expect([lines.code, lines.message]).toEqual(["DATA_HEADER", expect.stringMatching(/no 4000 lines/)]);
    const gone = await caught(() => read(plan([{ ...file(voxels), path: join(root, "CANARY-gone") }])));
    expect([gone.code, gone.message]).toEqual(["IO_FAILED", expect.stringContaining("the voxel file")]);
    const large = await caught(() =>
      readVoxelBytes(
        plan([file(gzipSync(voxels))], { compressed: "gzip" }),
        10,
        createHash("sha256"),
        new ReadLog(),
        undefined,
      ),
    );
    expect(large.code).toBe("DATA_UNSUPPORTED");
    expect(JSON.stringify([gone.toDocument(), large.toDocument()])).not.toContain("CANARY");
  });
});
