import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readNifti } from "../../../../../../ts/data/volume/nifti/read.ts";
import type { SourceVolume } from "../../../../../../ts/data/volume/source.ts";
import { caught } from "../../../../../support/caught.ts";
import { type Dtype, fields, type NiftiSpec, niftiFile } from "../../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
let written = 0;
const put = (bytes: Uint8Array): string => {
  const path = join(folder, `scan-${written++}.nii`);
  writeFileSync(path, bytes);
  return path;
};
const read = (spec: NiftiSpec, log = new ReadLog()): Promise<SourceVolume> =>
  readNifti(put(niftiFile(spec)), {}, log);
const ramp = Array.from({ length: 24 }, (_, i) => i);

describe("readNifti", () => {
  const grids: readonly (readonly [Dtype, readonly number[], "int16" | "float32"])[] = [
    ["uint8", ramp, "int16"],
    ["int8", ramp.map((v) => v - 12), "int16"],
    ["uint16", ramp.map((v) => v * 1000), "int16"],
    ["uint16", ramp.map((v) => v * 2800), "float32"],
    ["int16", ramp.map((v) => v * 100 - 1024), "int16"],
    ["uint32", ramp.map((v) => v * 1400), "int16"],
    ["int32", ramp.map((v) => v * -1400 - 1), "int16"],
    ["int32", ramp.map((v) => v * 2000 - 4), "float32"],
    ["float32", ramp.map((v) => v - 1000), "int16"],
    ["float32", ramp.map((v) => v + 0.5), "float32"],
    ["float64", ramp.map((v) => v * 0.25), "float32"],
    ["float64", ramp.map((v) => v - 7), "int16"],
  ];
  it.each(
    grids.flatMap(([dtype, values, kind]) =>
      [true, false].flatMap((littleEndian) =>
        ([1, 2] as const).map((version) => ({ dtype, values, kind, littleEndian, version })),
      ),
    ),
  )(
    "reads $dtype, version $version, little endian $littleEndian, as $kind with the values written",
    async ({ dtype, values, kind, littleEndian, version }) => {
      const source = await read({ dims: [2, 3, 4], values, dtype, littleEndian, version });
      expect([...source.voxels]).toEqual(values);
      expect(source.voxels.BYTES_PER_ELEMENT).toBe(kind === "int16" ? 2 : 4);
      expect(source).toMatchObject({
        exact: true,
        calibrated: false,
        shapeXYZ: [2, 3, 4],
        stackAxisXYZ: 2,
        storedDtype: dtype,
        scaled: false,
      });
    },
  );

  it("applies slope and intercept", async () => {
    const source = await read({ dims: [2, 3, 4], values: ramp, slope: 2, intercept: -1024 });
    expect([...source.voxels]).toEqual(ramp.map((v) => 2 * v - 1024));
    expect(source.scaled).toBe(true);
  });

  it("reads the same from gzip, whatever the name says, with another digest of the bytes", async () => {
    const spec = { dims: [2, 3, 4], values: ramp };
    const [plain, packed] = [await read(spec), await read({ ...spec, gzip: true })];
    expect([...packed.voxels]).toEqual([...plain.voxels]);
    expect(packed.sourceDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(packed.sourceDigest).not.toBe(plain.sourceDigest);
  });

  it("reads a gzip file of two members", async () => {
    const bytes = niftiFile({ dims: [2, 3, 4], values: ramp });
    const source = await readNifti(
      put(Buffer.concat([gzipSync(bytes.subarray(0, 370)), gzipSync(bytes.subarray(370))])),
      {},
      new ReadLog(),
    );
    expect([...source.voxels]).toEqual(ramp);
  });

  it.each([true, false])(
    "leaves nothing of the header behind a large payload that it does not copy, gzip %s, in either byte order",
    async (gzip) => {
      const values = Int16Array.from({ length: 64 * 64 * 16 }, (_, i) => ((i * 31) % 3000) - 1000);
      for (const littleEndian of [true, false]) {
        const packed = niftiFile({
          dims: [64, 64, 16],
          values,
          littleEndian,
          descrip: "CANARY-NAME",
          extension: Buffer.alloc(32, "CANARY"),
        });
        const source = await readNifti(
          put(
            gzip
              ? gzipSync(Buffer.concat([packed, Buffer.from("CANARY")]))
              : Buffer.concat([packed, Buffer.from("CANARY")]),
          ),
          {},
          new ReadLog(),
        );
        expect(Buffer.from(source.voxels.buffer).includes("CANARY")).toBe(false);
        expect(Buffer.from(Int16Array.from(source.voxels).buffer).equals(Buffer.from(values.buffer))).toBe(
          true,
        );
      }
    },
  );

  it("skips header extensions with a warning and never shows their content", async () => {
    const log = new ReadLog();
    const extension = Buffer.alloc(32, "CANARY-DICOM-HEADER");
    const source = await read({ dims: [2, 3, 4], values: ramp, extension, descrip: "CANARY-NAME" }, log);
    expect([...source.voxels]).toEqual(ramp);
    expect(log.warnings).toEqual([
      { code: "NIFTI_EXTENSIONS_SKIPPED", message: "32 bytes of header extensions were not read" },
    ]);
    expect(JSON.stringify([log, source])).not.toContain("CANARY");
    // The file's buffer, which holds the header's text fields, must not stay reachable behind the voxels.
    expect(Buffer.from(source.voxels.buffer).toString("latin1")).not.toContain("CANARY");
  });

  it("warns of an ignored intercept and of trailing bytes", async () => {
    const log = new ReadLog();
    await readNifti(
      put(
        Buffer.concat([
          niftiFile({ dims: [2, 3, 4], values: ramp, slope: 0, intercept: 3 }),
          Buffer.alloc(7),
        ]),
      ),
      {},
      log,
    );
    expect(log.warnings).toEqual([
      { code: "TRAILING_BYTES", message: "7 bytes after the last voxel were not read" },
      {
        code: "NIFTI_INTERCEPT_IGNORED",
        message: "scl_slope is 0, which means no scaling, so scl_inter is not applied",
      },
    ]);
  });

  it("takes slope and intercept that are both NaN for no scaling, with a warning", async () => {
    const log = new ReadLog();
    const source = await read(
      { dims: [2, 3, 4], values: ramp, slope: Number.NaN, intercept: Number.NaN },
      log,
    );
    expect([[...source.voxels], source.scaled]).toEqual([ramp, false]);
    expect(log.warnings.map((warning) => warning.code)).toEqual(["NIFTI_SCALING_NAN"]);
  });

  it("refuses a slice more of bytes than dim describes, and warns of fewer", async () => {
    const values = new Int16Array(16 * 16 * 3);
    const more = niftiFile({
      dims: [16, 16, 3],
      values,
      patch: (view, little) => view.setInt16(fields[1].dim + 6, 2, little),
    });
    const error = await caught(() => readNifti(put(more), {}, new ReadLog()));
    expect([error.code, error.message]).toEqual([
      "DATA_HEADER",
      expect.stringContaining("512 bytes more than the 1376 its header describes: 1 more slices of its dim"),
    ]);
    const log = new ReadLog();
    await readNifti(
      put(Buffer.concat([niftiFile({ dims: [16, 16, 3], values }), Buffer.alloc(511)])),
      {},
      log,
    );
    expect(log.warnings.map((warning) => warning.code)).toEqual(["TRAILING_BYTES"]);
  });

  it("tells a gap that no extension is declared for", async () => {
    const log = new ReadLog();
    const extension = new Uint8Array(16);
    await read({ dims: [2, 3, 4], values: ramp, extension, patch: (view) => view.setUint8(348, 0) }, log);
    expect(log.warnings[0]?.message).toContain(
      "16 bytes between header and voxels were not read; the header declares no",
    );
  });

  it("hands on what intent_code declares", async () => {
    const source = await read(
      { dims: [2, 3, 4], values: ramp, patch: (view, little) => view.setInt16(68, 1002, little) },
      new ReadLog(),
    );
    expect(source.declared).toBe("labels (NIFTI_INTENT_LABEL) (intent_code 1002)");
  });

  it("warns of padding after the gzip data", async () => {
    const log = new ReadLog();
    await readNifti(
      put(Buffer.concat([niftiFile({ dims: [2, 3, 4], values: ramp, gzip: true }), Buffer.alloc(9)])),
      {},
      log,
    );
    expect(log.warnings).toEqual([
      { code: "GZIP_TRAILING_BYTES", message: "9 bytes after the end of the gzip data were not read" },
    ]);
  });

  const whole = niftiFile({
    dims: [16, 16, 16],
    values: Int16Array.from({ length: 4096 }, (_, i) => (i * 7919) % 4001),
  });
  const packed = gzipSync(whole);
  it.each([
    [
      "a file cut inside the voxels",
      whole.subarray(0, whole.length - 1),
      "DATA_TRUNCATED",
      "holds 8543 bytes where its header needs 8544",
    ],
    [
      "a file cut inside the header",
      whole.subarray(0, 100),
      "DATA_TRUNCATED",
      "fewer than its NIfTI-1 header",
    ],
    [
      "gzip data cut short",
      packed.subarray(0, packed.length - 20),
      "DATA_TRUNCATED",
      "ends before its gzip data does",
    ],
    ["gzip data cut inside the header", packed.subarray(0, 30), "DATA_TRUNCATED", ""],
    [
      "a wrong gzip checksum",
      Buffer.concat([packed.subarray(0, -8), Buffer.from([1, 2, 3, 4]), packed.subarray(-4)]),
      "DATA_TRUNCATED",
      "damaged gzip data",
    ],
    [
      "more than 1 MiB behind the voxels",
      Buffer.concat([whole, Buffer.alloc((1 << 20) + 1)]),
      "DATA_HEADER",
      "1048577 bytes more than the 8544 its header describes",
    ],
    [
      "gzip data that goes on past its header's size",
      gzipSync(Buffer.concat([whole, Buffer.alloc(3 << 20)])),
      "DATA_DECOMPRESS_LIMIT",
      "past the",
    ],
  ])("refuses %s", async (_, bytes, code, said) => {
    const error = await caught(() => readNifti(put(bytes), {}, new ReadLog()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("refuses a bomb by its ratio, before it is decompressed", async () => {
    const bomb = gzipSync(
      Buffer.concat([
        niftiFile({
          dims: [2, 3, 4],
          values: ramp,
          patch: (view) =>
            [512, 512, 200].forEach((size, axis) => {
              view.setInt16(fields[1].dim + 2 * (axis + 1), size, true);
            }),
        }),
        Buffer.alloc(104_857_600),
      ]),
      { level: 9 },
    );
    expect(bomb.length).toBeLessThan(200_000);
    const before = process.memoryUsage().rss;
    const error = await caught(() => readNifti(put(bomb), {}, new ReadLog()));
    expect(error.code).toBe("DATA_DECOMPRESS_LIMIT");
    expect(error.message).toMatch(/a ratio of \d+:1 where no CT exceeds 200:1/);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("refuses a header that promises more than any deflate stream of this size can hold", async () => {
    const lie = niftiFile({
      dims: [2, 3, 4],
      values: ramp,
      gzip: true,
      patch: (view) =>
        [3000, 3000, 3].forEach((size, axis) => {
          view.setInt16(fields[1].dim + 2 * (axis + 1), size, true);
        }),
    });
    const error = await caught(() => readNifti(put(lie), {}, new ReadLog()));
    expect(error.code).toBe("DATA_TRUNCATED");
    expect(error.message).toContain("compressed bytes cannot hold");
  });

  it("refuses sizes whose product leaves every limit without allocating", async () => {
    const error = await caught(() =>
      readNifti(
        put(
          niftiFile({
            dims: [2, 3, 4],
            values: ramp,
            patch: (view) =>
              [32767, 32767, 32767].forEach((size, axis) => {
                view.setInt16(fields[1].dim + 2 * (axis + 1), size, true);
              }),
          }),
        ),
        {},
        new ReadLog(),
      ),
    );
    expect(error.code).toBe("DATA_UNSUPPORTED");
    expect(error.message).toContain("70362301923326 bytes, above the limit of 4294967296");
  });

  it("keeps to a limit of the caller's and to its signal", async () => {
    const path = put(whole);
    expect((await caught(() => readNifti(path, { maxBytes: 1000 }, new ReadLog()))).code).toBe(
      "DATA_UNSUPPORTED",
    );
    expect((await caught(() => readNifti(path, { signal: AbortSignal.abort() }, new ReadLog()))).code).toBe(
      "CANCELLED",
    );
  });

  it("keeps what was learned in the log when it refuses", async () => {
    const log = new ReadLog();
    await caught(() => readNifti(put(whole.subarray(0, 4000)), {}, log));
    expect(log.facts.sourceShapeXYZ).toEqual([16, 16, 16]);
  });
});
