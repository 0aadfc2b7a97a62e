import { mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReadProgress } from "../../../../../../ts/data/volume/log.ts";
import { readVolume } from "../../../../../../ts/data/volume/read.ts";
import type { Volume } from "../../../../../../ts/schema/volume.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../support/dicom-file.ts";
import { encodeJpeg2000 } from "../../../../../support/jpeg2000-encode.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const [nx, ny, nz] = [24, 20, 6];
const ras = bodyVoxels(nx, ny, nz);
let folders = 0;

/** Stored values of slice z as a scanner writes it: row 0 anterior, column 0 patient right. */
const stored = (z: number, change: (hu: number) => number = (hu) => hu): Int16Array =>
  Int16Array.from({ length: nx * ny }, (_, i) =>
    change(ras[z * nx * ny + (ny - 1 - Math.floor(i / nx)) * nx + (nx - 1 - (i % nx))] ?? 0),
  );
const sliceSpec = (z: number, change: DicomSpec = {}): DicomSpec => ({
  rows: ny,
  columns: nx,
  values: stored(z),
  position: [-12, -10, 100 + 3 * z],
  spacing: [1, 1.5],
  instance: 50 - z,
  ...change,
});

function folderOf(files: readonly (readonly [name: string, bytes: Uint8Array])[]): string {
  const folder = join(root, `series-${folders++}`);
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}

/** A whole series; names run against the slice order. */
const series = (change: (z: number) => DicomSpec = () => ({})): readonly (readonly [string, Uint8Array])[] =>
  Array.from({ length: nz }, (_, z) => [`CANARY-${9 - z}`, dicomFile(sliceSpec(z, change(z)))] as const);
const codes = (volume: Volume): string[] => volume.warnings.map((warning) => warning.code);

describe("readVolume of a DICOM series", () => {
  it.each(["implicit", "explicit", "big", "deflated"] as const)(
    "gives the body in RAS order and millimetres, stored %s",
    async (syntax) => {
      const volume = await readVolume(folderOf(series(() => ({ syntax }))));
      expect(volume.shapeDHW).toEqual([nz, ny, nx]);
      expect([...volume.voxels]).toEqual([...ras]);
      expect(volume.spacingMmDHW).toEqual([3, 1, 1.5]);
      // LPS (-12, -10, 100) is the first pixel: right, anterior. RAS voxel (0, 0, 0) is the last column and
      // row of the lowest slice.
      expect(volume.affineRas).toEqual([
        [1.5, 0, 0, 12 - 1.5 * (nx - 1)],
        [0, 1, 0, 10 - (ny - 1)],
        [0, 0, 3, 100],
        [0, 0, 0, 1],
      ]);
      expect(volume).toMatchObject({
        stackAxis: 0,
        hu: { verdict: "ok" },
        receipt: { format: "dicom", sourceOrientation: "LPS", sourceShapeXYZ: [nx, ny, nz] },
      });
      expect(volume.warnings).toEqual([]);
    },
  );

  it("reads JPEG 2000, in one fragment or several, to the same voxels as uncompressed", async () => {
    const frames = await Promise.all(Array.from({ length: nz }, (_, z) => encodeJpeg2000(stored(z), nx, ny)));
    const volume = await readVolume(
      folderOf(
        series((z) => {
          const frame = frames[z] ?? new Uint8Array(0);
          return {
            syntax: "j2k",
            fragments: z % 2 === 0 ? [frame] : [frame.subarray(0, 100), frame.subarray(100)],
          };
        }),
      ),
    );
    expect([...volume.voxels]).toEqual([...ras]);
    expect(volume.warnings).toEqual([]);
  });

  it("applies slope and intercept slice by slice", async () => {
    const volume = await readVolume(
      folderOf(
        series((z) =>
          z % 2 === 0
            ? { values: stored(z, (hu) => hu + 1024), signed: false, intercept: "-1024" }
            : { values: stored(z, (hu) => hu * 2), slope: "0.5" },
        ),
      ),
    );
    expect([...volume.voxels]).toEqual([...ras]);
    expect(volume.receipt.steps).toContainEqual({
      step: "rescale",
      stated: true,
      slopes: [0.5, 1],
      intercepts: [-1024, 0],
      paddingStored: [],
      paddingHu: [],
    });
  });

  it("sign-extends 12 stored bits and ignores what stands above them", async () => {
    const volume = await readVolume(
      folderOf(
        series((z) => ({
          bitsStored: 12,
          patch: (file) => {
            for (let at = file.length - 2 * nx * ny + 1; at < file.length; at += 2)
              file[at] = ((file[at] ?? 0) & 0x0f) | ((z % 2) * 0xa0);
            return file;
          },
        })),
      ),
    );
    expect([...volume.voxels]).toEqual([...ras]);
  });

  it("keeps padding as it is, records its value and warns of it", async () => {
    const padded = series((z) => ({
      values: stored(z).map((hu, i) => (i % nx < 3 ? -2000 : hu)),
      elements: { "00280120": ["SS", new Uint8Array([0x30, 0xf8])] },
    }));
    const volume = await readVolume(folderOf(padded));
    expect(volume.hu).toMatchObject({ verdict: "ok", min: -2000 });
    expect(volume.receipt.steps.find((step) => step.step === "rescale")).toMatchObject({
      paddingStored: [-2000],
      paddingHu: [-2000],
    });
    expect(volume.warnings).toEqual([
      {
        code: "OUTSIDE_FOV_VALUES",
        message:
          "12.5 % of the voxels lie below -1250 HU (lowest -2000): padding outside the field of view, left as it is",
      },
    ]);
  });

  it("stacks a sagittal series along patient Right and says so", async () => {
    const sagittal = Array.from({ length: 5 }, (_, x) => {
      const values = Int16Array.from(
        { length: ny * nz },
        (__, i) => ras[(nz - 1 - Math.floor(i / ny)) * nx * ny + (ny - 1 - (i % ny)) * nx + 2 * x + 5] ?? 0,
      );
      return [
        `s${x}`,
        dicomFile({
          rows: nz,
          columns: ny,
          values,
          position: [-2 * x, 0, 0],
          orientation: [0, 1, 0, 0, 0, -1],
          spacing: [3, 1],
          instance: x,
        }),
      ] as const;
    });
    const volume = await readVolume(folderOf(sagittal), { huGate: "record" });
    expect(volume.shapeDHW).toEqual([nz, ny, 5]);
    expect(volume.stackAxis).toBe(2);
    expect(volume.receipt.sourceOrientation).toBe("PIR");
    // x grows to patient Right in the volume, and so did x in the loop above (LPS x falls).
    expect(volume.voxels[2]).toBe(ras[2 * 2 + 5]);
  });

  it("lets no identity out: not in the volume, not in a warning, not in an error", async () => {
    const good = await readVolume(folderOf([...series(), ["CANARY.txt", Buffer.from("CANARY")]]));
    const bad = [
      folderOf([...series(), ["CANARY-COPY", dicomFile(sliceSpec(1))]]),
      folderOf(series((z) => (z === 2 ? { elements: { "00280030": ["DS", "CANARY"] } } : {}))),
      folderOf(series((z) => ({ series: `1.2.3.CANARY.${z % 2}` }))),
      folderOf(series((z) => (z === 3 ? { patch: (file) => file.subarray(0, -30) } : {}))),
      folderOf(series(() => ({ syntax: { uid: "1.2.3.CANARY" } }))),
    ];
    const texts = [JSON.stringify({ ...good, voxels: [] })];
    for (const folder of bad) {
      const error = await caught(() => readVolume(folder));
      texts.push(JSON.stringify(error.toDocument()), String(error.cause), error.stack ?? "");
    }
    for (const text of texts) expect(text).not.toMatch(/CANARY|1\.2\.3\.|19700101|B30f/);
  });

  it("warns of what lies beside the series and reads on", async () => {
    const folder = folderOf([
      ...series(),
      ["DIRFILE", Buffer.from("not DICOM")],
      ["DICOMDIR", dicomFile({ sopClass: "1.2.840.10008.1.3.10" })],
      ["seg", dicomFile({ modality: "SEG", series: "1.2.3.1" })],
      ["sr", dicomFile({ modality: "SR", series: "1.2.3.2" })],
      ["pr", dicomFile({ modality: "PR", series: "1.2.3.3" })],
      ["rt", dicomFile({ modality: "RTSTRUCT", series: "1.2.3.4" })],
      ["empty", Buffer.alloc(0)],
    ]);
    symlinkSync(folder, join(folder, "loop"));
    const volume = await readVolume(folder);
    expect([...volume.voxels]).toEqual([...ras]);
    expect(volume.warnings).toEqual([
      {
        code: "OTHER_FILES_SKIPPED",
        message:
          "beside the slices lie 1 DICOMDIR, 2 non-DICOM, 1 link to a folder, 1 PR, 1 RT, 1 SEG, 1 SR file(s), which are not read",
      },
    ]);
  });

  it("lists several series by hashed ids, and reads the one asked for", async () => {
    const folder = folderOf([
      ...series(),
      ["other", dicomFile(sliceSpec(0, { series: "1.2.3.4", values: stored(0, (hu) => hu + 1) }))],
    ]);
    const error = await caught(() => readVolume(folder));
    expect(error.code).toBe("DATA_SERIES_MIXED");
    expect(error.message).toContain("holds 2 series");
    const { series: listed } = error.details;
    if (!Array.isArray(listed)) throw new Error("no listing");
    expect(listed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          slices: 6,
          modality: "CT",
          columns: nx,
          rows: ny,
          series: expect.stringMatching(/^[0-9a-f]{16}$/),
        }),
        expect.objectContaining({ slices: 1 }),
      ]),
    );
    const id = listed.find((row) => row.slices === 6).series;
    expect([...(await readVolume(folder, { series: id })).voxels]).toEqual([...ras]);
    const unknown = await caught(() => readVolume(folder, { series: "0000" }));
    expect([unknown.code, unknown.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(unknown.message).toContain(id);
  });

  it("gives the same digest under other file names, and another for another pixel", async () => {
    const digest = async (files: readonly (readonly [string, Uint8Array])[]): Promise<string> =>
      (await readVolume(folderOf(files))).receipt.sourceDigest;
    const plain = await digest(series());
    expect(await digest(series().map(([, bytes], index) => [`x${index}`, bytes]))).toBe(plain);
    expect(await digest(series((z) => (z === 0 ? { values: stored(0, (hu) => hu + 1) } : {})))).not.toBe(
      plain,
    );
  });

  it("reads a header longer than the first look at a file", async () => {
    const volume = await readVolume(
      folderOf(series(() => ({ elements: { "00091001": ["OB", new Uint8Array(70_000)] } }))),
    );
    expect([...volume.voxels]).toEqual([...ras]);
  });

  it("takes one file as that slice alone, with its thickness for the spacing", async () => {
    const folder = folderOf(series());
    const volume = await readVolume(join(folder, "CANARY-5"));
    expect(volume.shapeDHW).toEqual([1, ny, nx]);
    expect(volume.spacingMmDHW).toEqual([2, 1, 1.5]);
    expect(codes(volume)).toEqual(["SINGLE_SLICE_SPACING"]);
    expect([...volume.voxels]).toEqual([...ras.subarray(4 * nx * ny, 5 * nx * ny)]);
  });

  it("accepts a missing Modality when geometry and HU agree, and refuses it when they do not", async () => {
    expect(codes(await readVolume(folderOf(series(() => ({ elements: { "00080060": null } })))))).toEqual([
      "MODALITY_MISSING",
    ]);
    const error = await caught(() =>
      readVolume(
        folderOf(series((z) => ({ elements: { "00080060": null }, values: stored(z, (hu) => hu + 1024) }))),
      ),
    );
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "unscaled"]);
  });

  it.each<[string, (z: number) => DicomSpec, string, string]>([
    ["MR", () => ({ modality: "MR" }), "DATA_NOT_CT", "the modality is MR, not CT"],
    [
      "a localizer",
      () => ({ imageType: "ORIGINAL\\PRIMARY\\LOCALIZER" }),
      "DATA_NOT_CT",
      "a localizer (scout) picture",
    ],
    ["values rescaled twice", () => ({ intercept: "-1024" }), "DATA_NOT_HU", "applied twice"],
    [
      "JPEG XL",
      () => ({ syntax: { uid: "1.2.840.10008.1.2.4.110" } }),
      "DATA_TRANSFER_SYNTAX_UNSUPPORTED",
      "1.2.840.10008.1.2.4.110 (JPEG XL)",
    ],
    [
      "a private transfer syntax",
      () => ({ syntax: { uid: "1.3.46.670589.33.1.4.1" } }),
      "DATA_TRANSFER_SYNTAX_UNSUPPORTED",
      "transfer syntax a private one",
    ],
    [
      "pixels cut short",
      (z) => (z === 2 ? { values: stored(z).subarray(0, 100) } : {}),
      "DATA_TRUNCATED",
      "200 bytes of pixels where 24 x 20 need 960",
    ],
    [
      "a file cut inside its pixels",
      (z) => (z === 2 ? { patch: (file) => file.subarray(0, -500) } : {}),
      "DATA_TRUNCATED",
      "460 bytes of pixels",
    ],
    [
      "a compressed file cut inside a fragment",
      () => ({ syntax: "j2k", fragments: [new Uint8Array(400)], patch: (file) => file.subarray(0, -100) }),
      "DATA_TRUNCATED",
      "end inside fragment 1",
    ],
    [
      "encapsulated pixels without a fragment",
      () => ({ syntax: "j2k", fragments: [] }),
      "DATA_DICOM_PARSE",
      "no fragment",
    ],
    [
      "a missing slice",
      (z) => ({ position: [-12, -10, 100 + 3 * (z > 2 ? z + 1 : z)] }),
      "DATA_SERIES_GAP",
      "6 mm apart where the series steps 3 mm",
    ],
    [
      "enhanced multi-frame without functional groups",
      () => ({ sopClass: "1.2.840.10008.5.1.4.1.1.2.1", elements: { "00280008": ["IS", "1"] } }),
      "DATA_DICOM_PARSE",
      "functional groups of 0 frames where NumberOfFrames says 1",
    ],
  ])("refuses %s", async (_, change, code, said) => {
    const error = await caught(() => readVolume(folderOf(series(change))));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("tells an empty folder, a folder without DICOM and one of other objects apart", async () => {
    expect(await caught(() => readVolume(folderOf([])))).toMatchObject({
      code: "DATA_EMPTY",
      exitCode: 65,
      message: expect.stringContaining("holds no files"),
    });
    expect(await caught(() => readVolume(folderOf([["a.txt", Buffer.from("x")]])))).toMatchObject({
      code: "DATA_EMPTY",
      message: expect.stringContaining("holds 1 file and no DICOM image"),
    });
    expect(await caught(() => readVolume(folderOf([["seg", dicomFile({ modality: "SEG" })]])))).toMatchObject(
      { code: "DATA_NOT_CT", message: expect.stringContaining("holds SEG objects and no CT slice") },
    );
  });

  it("tells the first file along the stack that was cut short while it was read, by its number", async () => {
    const path = folderOf(series());
    const files = readdirSync(path).sort();
    // The stack runs against the order of the names here.
    const place = "file 5 of 6";
    const cutTwo = ({ what, done }: ReadProgress): void => {
      if (what !== "slices" || done > 0) return;
      for (const name of files.slice(3, 5)) truncateSync(join(path, name), 700);
    };
    const error = await caught(() => readVolume(path, { onProgress: cutTwo }));
    expect([error.code, error.message]).toEqual(["DATA_TRUNCATED", expect.stringContaining(place)]);
  });

  it("stops when it is cancelled", async () => {
    expect((await caught(() => readVolume(folderOf(series()), { signal: AbortSignal.abort() }))).code).toBe(
      "CANCELLED",
    );
  });
});
