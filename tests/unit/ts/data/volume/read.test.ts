import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { ReadLog, type ReadProgress } from "../../../../../ts/data/volume/log.ts";
import { inRasOrder } from "../../../../../ts/data/volume/orient.ts";
import { readScan, readVolume } from "../../../../../ts/data/volume/read.ts";
import { isTomoeError } from "../../../../../ts/errors.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { dicomFile } from "../../../../support/dicom-file.ts";
import { fields, type NiftiSpec, niftiFile } from "../../../../support/nifti-file.ts";
import { storageOrders } from "../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let files = 0;
const put = (bytes: Uint8Array | string, name = `scan-${files++}.nii`): string => {
  const path = join(root, name);
  writeFileSync(path, bytes);
  return path;
};
const [nx, ny, nz] = [14, 12, 10];
const ras = bodyVoxels(nx, ny, nz);
const shapeRas = [nx, ny, nz] as const;

/**
 * The same body stored with other axes: order[k] is the RAS axis of stored axis k, flips[k] turns it round.
 */
function stored(order: readonly number[], flips: readonly boolean[]): NiftiSpec {
  const dims = order.map((axis) => shapeRas[axis] ?? 0);
  const values: number[] = [];
  for (let k = 0; k < (dims[2] ?? 0); k++)
    for (let j = 0; j < (dims[1] ?? 0); j++)
      for (let i = 0; i < (dims[0] ?? 0); i++) {
        const index = [0, 0, 0];
        [i, j, k].forEach((at, axis) => {
          index[order[axis] ?? 0] = flips[axis] === true ? (dims[axis] ?? 0) - 1 - at : at;
        });
        values.push(ras[(index[0] ?? 0) + nx * ((index[1] ?? 0) + ny * (index[2] ?? 0))] ?? 0);
      }
  const spacing = [2, 3, 4];
  const sform = [0, 1, 2].map((world) => {
    const stepAxis = order.indexOf(world);
    const step = (spacing[world] ?? 0) * (flips[stepAxis] === true ? -1 : 1);
    const origin =
      -50 * (world + 1) +
      (flips[stepAxis] === true ? (spacing[world] ?? 0) * ((shapeRas[world] ?? 0) - 1) : 0);
    return [0, 1, 2].map((axis) => (axis === stepAxis ? step : 0)).concat(origin);
  });
  return { dims, values, sform };
}

describe("readScan", () => {
  it("leaves the voxels where they were stored, says where that is, and turns them when asked", async () => {
    const path = put(niftiFile(stored([2, 0, 1], [true, false, true])));
    const scan = await readScan(path, {}, new ReadLog());
    expect(scan.laid.voxels).not.toEqual(ras);
    expect(inRasOrder(scan.laid)).toEqual(ras);
    const { voxels, ...volume } = scan.turned();
    expect(voxels).toEqual(ras);
    expect({ voxels, ...volume }).toEqual(await readVolume(path));
    const { voxels: _, layout, ...laid } = scan.laid;
    expect(volume).toMatchObject({ ...laid, receipt: scan.receipt, warnings: scan.warnings });
    expect(layout).toBeDefined();
  });
});

describe("readVolume", () => {
  it("tells of a few numbers that no scanner writes, of a placeholder for an affine, and of a lost slice", async () => {
    const spec = stored([0, 1, 2], [true, true, false]);
    const values = Float32Array.from(spec.values, (hu, i) => (i === 700 ? 3e38 : i === 900 ? -4e4 : hu));
    const codes = async (change: Partial<NiftiSpec>): Promise<readonly string[]> =>
      (await readVolume(put(niftiFile({ ...spec, ...change })))).warnings.map(({ code }) => code);
    expect(await codes({ dtype: "float32", values })).toContain("BEYOND_HU_VALUES");
    const eye = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => (row === column ? 1 : 0)));
    expect(await codes({ sform: eye })).toContain("AFFINE_PLACEHOLDER");
    const plane = nx * ny;
    const blank = Int16Array.from(spec.values, (hu, i) => (Math.floor(i / plane) === 4 ? -1024 : hu));
    expect(await codes({ values: blank })).toContain("SLICES_EMPTY");
    expect(await codes({})).toEqual([]);
  });

  it("says how much of a file it has read, compressed or not, and reads the same", async () => {
    const file = niftiFile(stored([0, 1, 2], [true, true, false]));
    for (const bytes of [file, gzipSync(file)]) {
      const heard: ReadProgress[] = [];
      const path = put(bytes);
      const volume = await readVolume(path, { onProgress: (progress) => heard.push(progress) });
      expect(heard).toEqual([{ what: "bytes", done: bytes.length, total: bytes.length }]);
      expect(volume.voxels).toEqual(ras);
    }
  });

  it("holds the voxels of a large file once: in the memory they were read or decompressed into", async () => {
    const [x, y, z] = [64, 48, 40];
    const file = niftiFile({
      dims: [x, y, z],
      values: bodyVoxels(x, y, z),
      sform: [
        [-1, 0, 0, 63],
        [0, -1, 0, 47],
        [0, 0, -1, 39],
      ],
    });
    for (const bytes of [file, gzipSync(file)]) {
      const { voxels, receipt } = await readVolume(put(bytes));
      expect(receipt.sourceOrientation).toBe("LPI");
      expect([...voxels]).toEqual([...bodyVoxels(x, y, z)].reverse());
      expect(voxels.buffer.byteLength).toBe(file.length);
    }
  });

  it("gives one and the same volume for all 48 storage orders, in both byte orders and versions", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...storageOrders),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        fc.boolean(),
        fc.constantFrom(1 as const, 2 as const),
        async (order, flips, littleEndian, version) => {
          const volume = await readVolume(
            put(niftiFile({ ...stored(order, flips), littleEndian, version }), "property.nii"),
          );
          expect(Buffer.from(volume.voxels.buffer).equals(Buffer.from(ras.buffer))).toBe(true);
          expect(volume.shapeDHW).toEqual([nz, ny, nx]);
          expect(volume.spacingMmDHW).toEqual([4, 3, 2]);
          expect(volume.affineRas).toEqual([
            [2, 0, 0, -50],
            [0, 3, 0, -100],
            [0, 0, 4, -150],
            [0, 0, 0, 1],
          ]);
          expect(volume.stackAxis).toBe(2 - order[2]);
          const letters = order.map((axis, k) => (flips[k] === true ? "LPI" : "RAS").charAt(axis)).join("");
          expect(volume.receipt.sourceOrientation).toBe(letters);
          expect(volume.receipt.sourceShapeXYZ).toEqual(order.map((axis) => shapeRas[axis]));
        },
      ),
      { numRuns: 60, seed: 6 },
    );
  });

  it("keeps an oblique grid as it is, with its rotation in the affine", async () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const volume = await readVolume(
      put(
        niftiFile({
          dims: [nx, ny, nz],
          values: ras,
          sform: [
            [2, 0, 0, 1],
            [0, 2 * c, -2 * s, 2],
            [0, 2 * s, 2 * c, 3],
          ],
        }),
      ),
    );
    expect(volume.affineRas[1][1]).toBeCloseTo(2 * c, 5);
    expect(volume.affineRas[2][1]).toBeCloseTo(2 * s, 5);
    expect([...volume.voxels]).toEqual([...ras]);
  });

  it("writes a receipt of every decision, without the path", async () => {
    const path = put(
      niftiFile({ dims: [nx, ny, nz], values: ras.map((hu) => hu + 1024), intercept: -1024, gzip: true }),
      "CANARY-NAME.nii.gz",
    );
    const volume = await readVolume(path);
    expect(volume.receipt.steps.map((step) => step.step)).toEqual([
      "affine",
      "read",
      "rescale",
      "orient",
      "voxels",
      "hu-gate",
    ]);
    expect(volume.receipt.steps[2]).toEqual({ step: "rescale", slope: 1, intercept: -1024 });
    expect(JSON.stringify({ ...volume, voxels: [] })).not.toContain("CANARY");
    expect(volume.hu.verdict).toBe("ok");
  });

  it("holds HU that int16 cannot as float32 and says so", async () => {
    const volume = await readVolume(
      put(
        niftiFile({
          dims: [nx, ny, nz],
          values: ras,
          slope: 0.5,
          intercept: -512,
          dtype: "int16",
          patch: (view) => {
            for (let i = 0; i < ras.length; i++)
              view.setInt16(352 + 2 * i, 2 * ((ras[i] ?? 0) + 512) + 1, true);
          },
        }),
      ),
    );
    expect(volume.voxels[0]).toBe((ras[0] ?? 0) + 0.5);
    expect(volume.warnings).toEqual([
      { code: "VOXELS_FLOAT32", message: "int16 cannot hold the HU exactly, so they are float32" },
    ]);
  });

  it("warns of a suspect scan and refuses one that is not in HU, unless told to record it", async () => {
    const window = put(
      niftiFile({ dims: [nx, ny, nz], values: ras.map((hu) => Math.min(240, Math.max(-160, hu))) }),
    );
    expect((await readVolume(window)).warnings).toEqual([
      { code: "HU_SUSPECT", message: expect.stringContaining("clipped") },
    ]);
    const twice = put(niftiFile({ dims: [nx, ny, nz], values: ras.map((hu) => hu - 1024) }));
    expect((await caught(() => readVolume(twice))).code).toBe("DATA_NOT_HU");
    const recorded = await readVolume(twice, { huGate: "record" });
    expect(recorded.hu).toMatchObject({
      verdict: "suspect",
      reasons: [expect.stringContaining("applied twice")],
    });
    expect(recorded.warnings.map((warning) => warning.code)).toEqual(["HU_SUSPECT", "OUTSIDE_FOV_VALUES"]);
  });

  it("goes by content, not by name", async () => {
    const bytes = niftiFile({ dims: [nx, ny, nz], values: ras });
    for (const name of ["scan.dat", "scan.dcm", "scan.nii.gz"])
      expect((await readVolume(put(bytes, name))).shapeDHW).toEqual([nz, ny, nx]);
    expect(
      (await readVolume(put(niftiFile({ dims: [nx, ny, nz], values: ras, gzip: true }), "packed.nii")))
        .shapeDHW,
    ).toEqual([nz, ny, nx]);
  });

  it.each<[string, string, Uint8Array | string, string, string]>([
    ["an empty file", "a.nii", "", "DATA_EMPTY", "is empty"],
    ["text called .nii", "b.nii", "hello world", "DATA_HEADER", "sizeof_hdr"],
    ["two bytes called .nii.gz", "c.nii.gz", "hi", "DATA_TRUNCATED", "fewer than"],
    ["text", "d.txt", "hello world", "DATA_UNSUPPORTED", "neither DICOM nor NIfTI, MetaImage, NRRD or npy"],
    ["a cut NRRD", "e.nrrd", "NRRD0004\n", "DATA_TRUNCATED", "NRRD header ends before"],
    ["MetaImage", "f.mha", "ObjectType = Image\n", "DATA_UNSUPPORTED", "MetaImage"],
    [
      "a gzip of an NRRD",
      "f.nrrd.gz",
      gzipSync("NRRD0004\n"),
      "DATA_UNSUPPORTED",
      "a gzip of an NRRD file, which is not read",
    ],
    ["a zip", "h.zip", "PK\u0003\u0004", "DATA_UNSUPPORTED", "zip archive"],
    [
      "a Git LFS pointer called .nii.gz",
      "j.nii.gz",
      "version https://git-lfs.github.com/spec/v1\n",
      "DATA_UNSUPPORTED",
      "Git LFS pointer",
    ],
    ["an error page called .nii.gz", "k.nii.gz", "<!DOCTYPE html>", "DATA_UNSUPPORTED", "a web page"],
    [
      "a PNG",
      "l.png",
      Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
      "DATA_UNSUPPORTED",
      "a PNG picture, which is not read",
    ],
    [
      "a gzipped tar",
      "m.tgz",
      gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from("ustar"), Buffer.alloc(300)])),
      "DATA_UNSUPPORTED",
      "a gzipped tar archive",
    ],
    [
      "a gzip called .nii.gz that is damaged",
      "n.nii.gz",
      Buffer.from("\x1f\x8bdamaged", "latin1"),
      "DATA_TRUNCATED",
      "damaged gzip data",
    ],
    ["a .dcm without the DICOM mark", "i.dcm", "x".repeat(300), "DATA_DICOM_PARSE", "no DICM mark"],
  ])("refuses %s", async (_, name, bytes, code, said) => {
    const error = await caught(() => readVolume(put(bytes, name)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("names the voxel half of a pair whose header lies beside it, plain and gzipped", async () => {
    put(Buffer.alloc(348), "pair.hdr");
    for (const name of ["pair.img", "pair.img.gz"]) {
      const error = await caught(() => readVolume(put(Buffer.alloc(900, 7), name)));
      expect([error.code, error.message]).toEqual([
        "DATA_UNSUPPORTED",
        expect.stringContaining("the voxel half of a pair"),
      ]);
    }
  });

  it("reads one DICOM slice without mark or preamble, with a warning", async () => {
    const values = bodyVoxels(24, 20, 1);
    const file = dicomFile({ syntax: "implicit", rows: 20, columns: 24, values });
    const volume = await readVolume(put(file.subarray(144 + file.readUInt32LE(140)), "bare"));
    expect([volume.shapeDHW, volume.warnings[0]?.code]).toEqual([[1, 20, 24], "SINGLE_SLICE_SPACING"]);
    expect(volume.warnings.map(({ code }) => code)).toContain("DICM_MARK_MISSING");
  });

  it("refuses what intent_code declares to be labels, whatever the values look like", async () => {
    const labels = niftiFile({
      dims: [nx, ny, nz],
      values: ras,
      patch: (view, little) => view.setInt16(68, 1002, little),
    });
    const error = await caught(() => readVolume(put(labels)));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "declared"]);
    expect(error.message).toContain("the header declares labels (NIFTI_INTENT_LABEL)");
  });

  it("says PATH_NOT_FOUND for a missing path", async () => {
    expect((await caught(() => readVolume(join(root, "none.nii")))).code).toBe("PATH_NOT_FOUND");
  });

  it("meets a damaged header with a finite volume or a typed error, never another exception", async () => {
    const base = niftiFile({ dims: [nx, ny, nz], values: ras });
    const numbers = fc.constantFrom(
      0,
      -1,
      1,
      32767,
      -32768,
      1e30,
      -1e30,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    );
    const places = fc.constantFrom(
      fields[1].dim,
      fields[1].dim + 2,
      fields[1].dim + 6,
      fields[1].datatype,
      fields[1].bitpix,
      fields[1].voxOffset,
      fields[1].slope,
      fields[1].intercept,
      fields[1].pixdim,
      fields[1].pixdim + 4,
      fields[1].sformCode,
      fields[1].qformCode,
      fields[1].sform,
      fields[1].sform + 20,
      fields[1].sform + 12,
      fields[1].units,
      fields[1].magic,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(places, numbers, fc.boolean()), { minLength: 1, maxLength: 4 }),
        async (edits) => {
          const bytes = Buffer.from(base);
          for (const [place, value, float] of edits)
            float
              ? bytes.writeFloatLE(value, place)
              : bytes.writeInt16LE(
                  Number.isFinite(value) ? Math.max(-32768, Math.min(32767, Math.trunc(value))) : 0,
                  place,
                );
          try {
            const volume = await readVolume(put(bytes, "damaged.nii"));
            expect(volume.affineRas.flat().every(Number.isFinite)).toBe(true);
            expect(volume.spacingMmDHW.every((mm) => mm > 0)).toBe(true);
            expect(Number.isFinite(volume.hu.min) && Number.isFinite(volume.hu.max)).toBe(true);
          } catch (error) {
            if (!isTomoeError(error)) throw error;
            expect(error.code).toMatch(/^DATA_/);
          }
        },
      ),
      { numRuns: 400, seed: 7 },
    );
  });
});

const shared = new URL("../../../../../../shared/data/ct/", import.meta.url).pathname;
const present = existsSync(shared);
if (!present) process.stdout.write("skipped: reading real scans, since ../shared/data is absent\n");
const maybe = present ? it : it.skip;

describe("readVolume on real scans", () => {
  maybe("accepts the abdomen in NIfTI and JPEG 2000 DICOM and the single slices", async () => {
    for (const [path, shape, spacing] of [
      ["nifti/abdomen_3mm.nii.gz", [112, 101, 122], [3, 3, 3]],
      ["nifti/abdomen_small.nii.gz", [30, 101, 122], [3, 3, 3]],
      ["dicom/abdomen_j2k", [20, 512, 512], [2, 0.9765625, 0.9765625]],
      ["dicom/transfer_syntaxes/CTImage.dcm", [1, 512, 512], [5, 0.675781, 0.675781]],
    ] as const) {
      const volume = await readVolume(shared + path);
      expect(volume.hu.verdict).toBe("ok");
      expect([volume.shapeDHW, volume.spacingMmDHW]).toEqual([shape, spacing]);
      expect(volume.voxels.BYTES_PER_ELEMENT).toBe(2);
    }
  });

  maybe("reads one slice to the same HU in every transfer syntax, the lossy ones near it", async () => {
    const names = [
      "",
      "_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm",
      "_DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm",
      "_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm",
      "_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm",
      "_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm",
      "_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm",
      "_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm",
      "_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm",
    ];
    const base = `${shared}dicom/transfer_syntaxes/CTImage.dcm`;
    const [first, ...others] = await Promise.all(names.map((name) => readVolume(base + name)));
    for (const other of others)
      expect(
        Buffer.from(other.voxels.buffer).equals(Buffer.from(first?.voxels.buffer ?? new ArrayBuffer(0))),
      ).toBe(true);
    // Bounds that came with the files; the slopes of the JPEG ones are 2.0002442 and 32.1216.
    for (const [name, most] of [
      ["_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm", 5],
      ["_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm", 3],
      ["_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm", 35.63],
      ["_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm", 35.63],
      ["_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm", 35.63],
      ["_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm", 64.22],
    ] as const) {
      const lossy = await readVolume(base + name);
      let worst = 0;
      lossy.voxels.forEach((hu, i) => {
        worst = Math.max(worst, Math.abs(hu - (first?.voxels[i] ?? 0)));
      });
      expect(worst).toBeGreaterThan(0);
      expect([name, worst <= most]).toEqual([name, true]);
      expect(lossy.warnings.map((warning) => warning.code)).toContain("LOSSY_SOURCE");
    }
  });

  maybe(
    "reads the frames of an enhanced object by their own positions, and tells what their type says",
    async () => {
      const volume = await readVolume(`${shared}dicom/enhanced/ect_supplemental.dcm`);
      expect([volume.shapeDHW, volume.spacingMmDHW]).toEqual([
        [2, 512, 512],
        [10, 0.388672, 0.388672],
      ]);
      expect(volume.warnings.map(({ message }) => message).join()).toContain(
        "a map of perfusion by ImageType",
      );
    },
  );

  maybe("decodes the head whose codestream has the wrong sign without wrapping round", async () => {
    const volume = await readVolume(`${shared}dicom/single/j2k_pixelrep_mismatch.dcm`);
    expect(volume.hu).toMatchObject({ verdict: "ok", min: -2000 });
    expect(volume.warnings.map((warning) => warning.code)).toContain("J2K_SIGN_DIFFERS");
  });

  maybe.each([
    ["refuse/mr_not_ct.nii.gz", "DATA_NOT_HU", "not-ct-like"],
    ["refuse/oblique_uint8_not_hu.nii.gz", "DATA_NOT_HU", "8-bit"],
    ["dicom/ge_head_tilt", "DATA_SERIES_TILT", "18.5 degrees"],
  ])("refuses %s", async (path, code, said) => {
    const error = await caught(() => readVolume(shared + path));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });
});
