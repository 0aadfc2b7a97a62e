import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { niftiVersion, readNiftiHeader } from "../../../../../../ts/data/volume/nifti/header.ts";
import { isTomoeError } from "../../../../../../ts/errors.ts";
import { caught } from "../../../../../support/caught.ts";
import {
  type Dtype,
  dtypeCodes,
  fields,
  type NiftiSpec,
  niftiFile,
} from "../../../../../support/nifti-file.ts";

const values = Int16Array.from({ length: 24 }, (_, i) => i);
const file = (spec: Partial<NiftiSpec> = {}): Buffer => niftiFile({ dims: [2, 3, 4], values, ...spec });
const versions = [1, 2] as const;

describe("readNiftiHeader", () => {
  it("names gzip inside gzip, with the command that helps", async () => {
    const error = await caught(() => readNiftiHeader(gzipSync(file())));
    expect([error.code, error.message]).toEqual([
      "DATA_UNSUPPORTED",
      expect.stringContaining("compressed twice"),
    ]);
    expect(error.hint).toContain("gunzip -c");
  });

  it.each(versions.flatMap((version) => [true, false].map((littleEndian) => ({ version, littleEndian }))))(
    "reads version and byte order %j",
    (spec) => {
      const header = readNiftiHeader(
        file({
          ...spec,
          slope: 2,
          intercept: -1024,
          sform: [
            [-3, 0, 0, 10],
            [0, 2, 0, 20],
            [0, 0, 1, 30],
          ],
          qformCode: 1,
          qform: { bcd: [0, 0, 1], offset: [7, 8, 9], qfac: -1 },
        }),
      );
      expect(header).toMatchObject({
        ...spec,
        shapeXYZ: [2, 3, 4],
        dtype: "int16",
        bytesPerVoxel: 2,
        voxOffset: spec.version === 1 ? 352 : 544,
        slope: 2,
        intercept: -1024,
        mmPerUnit: 1,
        unitDeclared: true,
        sformCode: 1,
        qformCode: 1,
        quaternion: [0, 0, 1],
        quaternionOffset: [7, 8, 9],
        pixdim: [-1, 3, 2, 1],
        sformRows: [
          [-3, 0, 0, 10],
          [0, 2, 0, 20],
          [0, 0, 1, 30],
        ],
      });
      expect(niftiVersion(file(spec))).toEqual(spec);
    },
  );

  it.each(Object.keys(dtypeCodes) as Dtype[])("reads %s in both versions", (dtype) => {
    for (const version of versions)
      expect(readNiftiHeader(file({ dtype, version }))).toMatchObject({
        dtype,
        bytesPerVoxel: dtypeCodes[dtype].bytes,
      });
  });

  it("takes a slope of 0 for no scaling and notes an intercept beside it", () => {
    expect(readNiftiHeader(file({ slope: 0, intercept: -1024 }))).toMatchObject({
      slope: 1,
      intercept: 0,
      interceptIgnored: true,
    });
    expect(readNiftiHeader(file({ slope: 0, intercept: 0 }))).toMatchObject({
      slope: 1,
      intercept: 0,
      interceptIgnored: false,
    });
  });

  it("takes trailing axes of length 1 and a single slice", () => {
    expect(readNiftiHeader(file({ dims: [2, 3, 4, 1, 1] })).shapeXYZ).toEqual([2, 3, 4]);
    expect(readNiftiHeader(file({ dims: [4, 6] })).shapeXYZ).toEqual([4, 6, 1]);
  });

  it.each([
    [0, 1, false],
    [1, 1000, true],
    [2, 1, true],
    [3, 0.001, true],
    [8, 1, false],
  ])("reads unit %d as %d mm", (units, mmPerUnit, unitDeclared) => {
    expect(readNiftiHeader(file({ units }))).toMatchObject({ mmPerUnit, unitDeclared });
  });

  const at = fields[1];
  it.each<[string, NiftiSpec["patch"], string, string]>([
    ["a size that is neither", (view) => view.setInt32(0, 347, true), "DATA_HEADER", "sizeof_hdr"],
    ["a missing magic", (view) => view.setUint32(at.magic, 0), "DATA_HEADER", "magic"],
    ["a .hdr/.img pair", (view) => view.setUint32(at.magic, 0x6e693100), "DATA_UNSUPPORTED", ".hdr/.img"],
    ["no axes", (view) => view.setInt16(at.dim, 0, true), "DATA_HEADER", "dim[0], the number of axes, is 0"],
    ["eight axes", (view) => view.setInt16(at.dim, 8, true), "DATA_HEADER", "is 8, not 1..7"],
    ["one axis", (view) => view.setInt16(at.dim, 1, true), "DATA_UNSUPPORTED", "1 axis"],
    ["a size of 0", (view) => view.setInt16(at.dim + 4, 0, true), "DATA_HEADER", "dim[2] is 0"],
    ["a negative size", (view) => view.setInt16(at.dim + 6, -4, true), "DATA_HEADER", "dim[3] is -4"],
    ["a wrong bitpix", (view) => view.setInt16(at.bitpix, 8, true), "DATA_HEADER", "bitpix is 8"],
    [
      "int64 voxels",
      (view) => view.setInt16(at.datatype, 1024, true),
      "DATA_DTYPE_UNSUPPORTED",
      "1024 (int64)",
    ],
    ["complex voxels", (view) => view.setInt16(at.datatype, 32, true), "DATA_DTYPE_UNSUPPORTED", "complex64"],
    ["colour voxels", (view) => view.setInt16(at.datatype, 128, true), "DATA_DTYPE_UNSUPPORTED", "rgb24"],
    [
      "an unknown datatype",
      (view) => view.setInt16(at.datatype, 77, true),
      "DATA_DTYPE_UNSUPPORTED",
      "datatype 77 is",
    ],
    [
      "vox_offset 0, which would read the header as voxels",
      (view) => view.setFloat32(at.voxOffset, 0, true),
      "DATA_HEADER",
      "vox_offset is 0",
    ],
    [
      "vox_offset NaN",
      (view) => view.setFloat32(at.voxOffset, Number.NaN, true),
      "DATA_HEADER",
      "vox_offset is NaN",
    ],
    [
      "vox_offset 352.5",
      (view) => view.setFloat32(at.voxOffset, 352.5, true),
      "DATA_HEADER",
      "vox_offset is 352.5",
    ],
    ["slope NaN", (view) => view.setFloat32(at.slope, Number.NaN, true), "DATA_HEADER", "scl_slope is NaN"],
    [
      "slope infinite",
      (view) => view.setFloat32(at.slope, Number.POSITIVE_INFINITY, true),
      "DATA_HEADER",
      "scl_slope is Infinity",
    ],
    [
      "intercept NaN",
      (view) => view.setFloat32(at.intercept, Number.NaN, true),
      "DATA_HEADER",
      "scl_inter is NaN",
    ],
  ])("refuses %s", async (_, patch, code, said) => {
    const error = await caught(() => readNiftiHeader(file(patch === undefined ? {} : { patch })));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("refuses several volumes, naming the sizes", async () => {
    const error = await caught(() => readNiftiHeader(niftiFile({ dims: [2, 3, 2, 2], values })));
    expect([error.code, error.message]).toEqual([
      "DATA_UNSUPPORTED",
      "[DATA_UNSUPPORTED] the file holds 2 x 3 x 2 x 2 values: more than one volume",
    ]);
  });

  it("refuses a header that ends early and a version 2 size of 2^62", async () => {
    expect((await caught(() => readNiftiHeader(file().subarray(0, 200)))).code).toBe("DATA_TRUNCATED");
    const huge = await caught(() =>
      readNiftiHeader(
        file({ version: 2, patch: (view) => view.setBigInt64(fields[2].dim + 8, 2n ** 62n, true) }),
      ),
    );
    expect([huge.code, huge.message]).toEqual([
      "DATA_HEADER",
      expect.stringContaining("dim[1] is 4611686018427388000"),
    ]);
  });

  it("meets any bytes in the header with a header or a typed error, never another exception", () => {
    const offset = fc.integer({ min: 0, max: 347 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(offset, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (edits, littleEndian) => {
          const bytes = file({ littleEndian });
          for (const [place, value] of edits) bytes[place] = value;
          try {
            const header = readNiftiHeader(bytes);
            expect(header.shapeXYZ.every((size) => Number.isSafeInteger(size) && size >= 1)).toBe(true);
            expect([header.slope, header.intercept, header.voxOffset].every(Number.isFinite)).toBe(true);
          } catch (error) {
            if (!isTomoeError(error)) throw error;
            expect(error.code).toMatch(/^DATA_(HEADER|UNSUPPORTED|DTYPE_UNSUPPORTED|TRUNCATED)$/);
          }
        },
      ),
      { numRuns: 3000, seed: 3 },
    );
  });
});
