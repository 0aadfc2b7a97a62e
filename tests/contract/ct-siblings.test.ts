// Siblings of the faults that ct-kinds holds: header fields that say one thing twice, header against voxels, file
// against file, in every format. Each is a scan of its own, read as a user would; its verdict and its words are expected.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ReadLog } from "../../ts/data/volume/log.ts";
import { readVolumeLogged } from "../../ts/data/volume/read.ts";
import { isTomoeError } from "../../ts/errors.ts";
import { bodyVoxels } from "../support/body-voxels.ts";
import { type DicomSpec, dicomFile, writeElement } from "../support/dicom-file.ts";
import { type MetaImageSpec, metaImageFile } from "../support/metaimage-file.ts";
import {
  frameType,
  type MultiframeSpec,
  measures,
  multiframeFile,
  placeAt,
  rescale,
} from "../support/multiframe-file.ts";
import { type NiftiSpec, niftiFile } from "../support/nifti-file.ts";
import { type NrrdSpec, nrrdFile } from "../support/nrrd-file.ts";
import type { StoredBody } from "../support/stored-body.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { putFile } from "../support/volume-examples.ts";

const root = temporaryFolder();
let made = 0;
const fresh = (): string => join(root, `scan-${made++}`);
const [nx, ny, nz] = [40, 32, 16];
const body = bodyVoxels(nx, ny, nz);
const plane = (z: number): Int16Array => body.slice(z * nx * ny, (z + 1) * nx * ny);

/** "read: CODES of warnings" or "refused: CODE message". */
async function verdictOf(path: string): Promise<string> {
  try {
    const { warnings } = await readVolumeLogged(path, {}, new ReadLog());
    return `read: ${warnings.map(({ code }) => code).join(" ")}`;
  } catch (error) {
    if (isTomoeError(error)) return `refused: ${error.code} ${error.what}`;
    throw error;
  }
}

type Patch = (bytes: Buffer, z: number) => Buffer;

/** An axial series of 8 mm pixels and 5 mm steps; null leaves a slice out. */
function series(change: (z: number) => DicomSpec | null = () => ({}), patch: Patch = (b) => b): string {
  const folder = fresh();
  for (let z = 0; z < nz; z++) {
    const own = change(z);
    const spec: DicomSpec = { rows: ny, columns: nx, values: plane(z), thickness: 5, instance: z + 1 };
    const place: DicomSpec = { position: [-160, -128, 100 + 5 * z], spacing: [8, 8] };
    if (own !== null)
      putFile(
        folder,
        `CANARY-${String(z).padStart(2, "0")}.dcm`,
        patch(dicomFile({ ...spec, ...place, ...own }), z),
      );
  }
  return folder;
}
const stating = (tag: string, vr: string, value: string | Uint8Array): DicomSpec => ({
  elements: { [tag]: [vr, value] },
});
const two = (value: number): Uint8Array => new Uint8Array(Uint16Array.of(value & 0xffff).buffer);
/** A slice of which what leaves at the right comes in at the left. */
const moved = (values: Int16Array, columns: number): Int16Array =>
  values.map((_, i) => values[i - (i % nx) + (((i % nx) + nx - columns) % nx)] ?? 0);
const behind =
  (bytes: Uint8Array): Patch =>
  (file) =>
    Buffer.concat([file, bytes]);
/** In slice 5 alone. */
const inOne =
  (spec: DicomSpec) =>
  (z: number): DicomSpec =>
    z === 5 ? spec : {};

describe("a DICOM series", () => {
  it.each<[string, () => string, RegExp]>([
    ["as it should be", () => series(), /^read: $/],
    [
      "with rows for columns",
      () => series(() => ({ rows: nx, columns: ny })),
      /DATA_HEADER .*rows of 32 .*rows of 40/,
    ],
    [
      "of twice the width",
      () => series(() => ({ rows: ny / 2, columns: 2 * nx })),
      /DATA_HEADER .*rows of 80 .*rows of 40/,
    ],
    [
      "of half the width",
      () => series(() => ({ rows: 2 * ny, columns: nx / 2 })),
      /DATA_HEADER .*rows of 20 .*rows of/,
    ],
    [
      "with zeros behind its pixels",
      () => series(undefined, behind(Buffer.alloc(512))),
      /^read: TRAILING_BYTES$/,
    ],
    [
      "with a slice behind its pixels",
      () => series(undefined, behind(Buffer.alloc(2 * nx * ny, 7))),
      /^refused: DATA_DICOM_PARSE .*2560 bytes lie behind the pixels/,
    ],
    [
      "with padding behind its pixels",
      () => series(undefined, behind(writeElement("FFFCFFFC", "OB", Buffer.alloc(64), "explicit"))),
      /^read: $/,
    ],
    [
      "with pixels twice",
      () => series(undefined, behind(writeElement("7FE00010", "OW", Buffer.alloc(2 * nx * ny), "explicit"))),
      /PixelData occurs twice/,
    ],
    [
      "whose values leave the range that it states",
      () => series(() => ({ elements: { "00280106": ["SS", two(-1024)], "00280107": ["SS", two(100)] } })),
      /^read: STATED_RANGE_DISAGREES$/,
    ],
    [
      "with every second slice left out",
      () => series((z) => (z % 2 === 1 ? null : { thickness: 10 })),
      /INSTANCE_NUMBERS_SKIP/,
    ],
    [
      "whose numbers are in another order",
      () => series((z) => ({ instance: ((z * 7) % nz) + 1 })),
      /INSTANCE_ORDER_DISAGREES/,
    ],
    [
      "that names other sides",
      () => series(() => stating("00200020", "CS", "R\\P")),
      /^read: ORIENTATION_DISAGREES$/,
    ],
    ["that names its own sides", () => series(() => stating("00200020", "CS", "L\\P")), /^read: $/],
    [
      "whose meta information is of another object",
      () => series(undefined, (file) => withMetaInstance(file)),
      /^read: META_UID_DISAGREES$/,
    ],
    [
      "declared a map of blood flow",
      () => series(() => ({ imageType: "DERIVED\\PRIMARY\\PERFUSION\\RCBF" })),
      /DATA_NOT_HU .*RCBF/,
    ],
    ["in tenths of millimetres", () => series(() => ({ spacing: [80, 80] })), /EXTENT_TOO_LARGE/],
    [
      "whose second half is of another day",
      () => series((z) => stating("00080022", "DA", z < 8 ? "20200101" : "20200109")),
      /^read: SERIES_CHANGES$/,
    ],
    [
      "with one slice that no number of which has a sign",
      () => series(inOne({ signed: false })),
      /RESCALE_ODD_IN_FEW/,
    ],
    ["with one slice turned inside out", () => series(inOne({ slope: "-1" })), /RESCALE_ODD_IN_FEW/],
    [
      "with one slice of another pixel",
      () => series(inOne({ spacing: [8, 7] })),
      /DATA_SERIES_MIXED .*pixel spacing/,
    ],
    [
      "with one slice of another study",
      () => series(inOne(stating("0020000D", "UI", "1.2.3.1"))),
      /DATA_SERIES_MIXED .*StudyInstanceUID/,
    ],
    [
      "with one slice of another patient",
      () => series((z) => stating("00100020", "LO", z === 5 ? "CANARY-B" : "CANARY-A")),
      /DATA_SERIES_MIXED 1 of 16 slices differ in patient: another/,
    ],
    [
      "whose upper half is another patient's",
      () => series((z) => stating("00100020", "LO", z < 8 ? "CANARY-A" : "CANARY-B")),
      /DATA_SERIES_MIXED 8 of 16 slices differ in patient/,
    ],
    [
      "whose upper half names another patient",
      () => series((z) => stating("00100010", "PN", z < 8 ? "CANARY^A" : "CANARY^B")),
      /^read: SERIES_BELONGS_TO_SEVERAL$/,
    ],
    [
      "with a patient of its own in each slice",
      () => series((z) => stating("00100020", "LO", `CANARY-${z}`)),
      /^read: PATIENT_ID_PER_SLICE SERIES_BELONGS_TO_SEVERAL$/,
    ],
    [
      "with one slice of another rescale type",
      () => series((z) => stating("00281054", "LO", z === 5 ? "US" : "HU")),
      /^read: SERIES_BELONGS_TO_SEVERAL$/,
    ],
    [
      "whose codes are in small letters",
      () => series(() => ({ modality: "ct", elements: { "00280004": ["CS", "monochrome2"] } })),
      /^read: CODE_IN_LOWER_CASE$/,
    ],
    ["of a thickness that is none", () => series(() => ({ thickness: 0 })), /^read: ELEMENT_MALFORMED$/],
    [
      "a kilometre from its scanner",
      () => series((z) => ({ position: [1e6, -128, 100 + 5 * z] })),
      /^read: ORIGIN_FAR$/,
    ],
    [
      "one slice of which states another range than it has",
      () => series(inOne({ elements: { "00280106": ["SS", two(-1024)], "00280107": ["SS", two(-900)] } })),
      /^read: STATED_RANGE_DISAGREES$/,
    ],
    [
      "whose upper half lies sideways",
      () => series((z) => (z < 4 ? {} : { values: moved(plane(z), 4) })),
      /^read: SLICES_DISPLACED$/,
    ],
    ["with one slice of another modality", () => series(inOne({ modality: "MR" })), /DATA_NOT_CT/],
    [
      "with one slice beside the others",
      () => series((z) => (z === 5 ? { position: [-80, -128, 125] } : {})),
      /DATA_SERIES_TILT .*slice 6/,
    ],
    ["with one slice of zeros", () => series(inOne({ values: new Int16Array(nx * ny) })), /SLICES_EMPTY/],
    [
      "with positions in centimetres",
      () => series((z) => ({ position: [-16, -12.8, 10 + 0.5 * z] })),
      /SLICES_OVERLAP/,
    ],
    [
      "of a smaller field of view than its pixels span",
      () => series(() => stating("00181100", "DS", "180")),
      /FIELD_OF_VIEW_DISAGREES/,
    ],
    [
      "of an acquisition with more images",
      () => series(() => stating("00201002", "IS", "36")),
      /FEWER_IMAGES_THAN_STATED/,
    ],
    [
      "whose last slice is cut short",
      () => series(undefined, (file, z) => (z === nz - 1 ? file.subarray(0, -700) : file)),
      /DATA_TRUNCATED/,
    ],
    [
      "whose last file holds zeros",
      () => series(undefined, (file, z) => (z === nz - 1 ? Buffer.alloc(file.length) : file)),
      /may be/,
    ],
  ])("%s is told of, or refused", async (_, make, said) => {
    const verdict = await verdictOf(make());
    expect(verdict).toMatch(said);
    expect(verdict).not.toContain("CANARY");
  });
});

/** The file with a MediaStorageSOPInstanceUID that is not its object's. */
function withMetaInstance(file: Buffer): Buffer {
  const element = writeElement("00020003", "UI", "1.2.3.4.5", "explicit");
  const at = file.indexOf(writeElement("00020010", "UI", "1.2.840.10008.1.2.1", "explicit"));
  const length = Buffer.from(file.subarray(0, at));
  length.writeUInt32LE(length.readUInt32LE(140) + element.length, 140);
  return Buffer.concat([length, element, file.subarray(at)]);
}

describe("an enhanced object", () => {
  const made = (change: Partial<MultiframeSpec> = {}, type?: (z: number) => string): string => {
    const own = (z: number): object =>
      type === undefined ? {} : { [frameType]: { "00089007": ["CS", type(z)] } };
    const file = multiframeFile({
      rows: ny,
      columns: nx,
      values: body,
      frames: Array.from({ length: nz }, (_, z) => ({ ...placeAt(-160, -128, 100 + 5 * z), ...own(z) })),
      ...change,
      shared: {
        [rescale]: { "00281052": ["DS", "0"], "00281053": ["DS", "1"], "00281054": ["LO", "HU"] },
        [measures]: { "00280030": ["DS", "8\\8"], "00180050": ["DS", "5"] },
        ...change.shared,
      },
    });
    return putFile(fresh(), "CANARY.dcm", file);
  };
  it.each<[string, () => string, RegExp]>([
    ["as it should be", () => made(), /^read: $/],
    ["of blood flow", () => made({}, () => "DERIVED\\PRIMARY\\PERFUSION\\RCBF"), /PROJECTED_IMAGE/],
    [
      "of one frame of blood flow",
      () =>
        made({}, (z) => (z === 3 ? "DERIVED\\PRIMARY\\PERFUSION\\RCBF" : "ORIGINAL\\PRIMARY\\VOLUME\\NONE")),
      /DATA_(SERIES_MIXED|NOT_HU)/,
    ],
    [
      "that states another rescale beside its groups",
      () => made({ elements: { "00281052": ["DS", "-1024"], "00281053": ["DS", "1"] } }),
      /^read: FRAME_GROUPS_OVERRULE$/,
    ],
    [
      "that states another pixel beside its groups",
      () => made({ elements: { "00280030": ["DS", "1\\1"] } }),
      /^read: FRAME_GROUPS_OVERRULE$/,
    ],
    ["with rows for columns", () => made({ rows: nx, columns: ny }), /DATA_HEADER .*rows of 32 .*rows of 40/],
  ])("%s is told of, or refused", async (_, make, said) => {
    expect(await verdictOf(make())).toMatch(said);
  });
});

const grid = (mm: number): readonly (readonly number[])[] => [
  [-mm, 0, 0, 160],
  [0, -mm, 0, 128],
  [0, 0, mm, 100],
];

describe("a file of one volume", () => {
  const nifti = (change: Partial<NiftiSpec> = {}, patch: (bytes: Buffer) => Buffer = (b) => b): string =>
    putFile(
      fresh(),
      "scan.nii",
      patch(niftiFile({ dims: [nx, ny, nz], values: body, sform: grid(8), ...change })),
    );
  const stored = (change: Partial<StoredBody>): StoredBody => ({
    dims: [nx, ny, nz],
    values: body,
    affine: grid(8),
    dtype: "int16",
    littleEndian: true,
    text: "CANARY",
    ...change,
  });
  const whole = ({ header, voxels }: { header: Buffer; voxels: Buffer }, tail = 0): Buffer =>
    Buffer.concat([header, voxels, Buffer.alloc(tail)]);
  const nrrd = (
    spec: NrrdSpec = {},
    change: Partial<StoredBody> = {},
    tail = 0,
    [line, other]: readonly [string, string] = ["", ""],
  ): string => {
    const file = whole(nrrdFile(stored(change), spec), tail)
      .toString("latin1")
      .replace(line, other);
    return putFile(fresh(), "scan.nrrd", Buffer.from(file, "latin1"));
  };
  const mha = (spec: MetaImageSpec = {}, change: Partial<StoredBody> = {}, tail = 0): string =>
    putFile(fresh(), "scan.mha", whole(metaImageFile(stored(change), spec), tail));
  const big = bodyVoxels(64, 64, 4);
  /** A body that widens from slice to slice. */
  const tall = Int16Array.from(body.keys(), (i) => {
    const [x, y, z] = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))];
    return Math.hypot(x - 20, y - 16) < 4 + 0.7 * z ? (body[i] ?? 0) % 90 : -1000 + (i % 13);
  });
  const reordered = (i: number): number => {
    const z = Math.floor(i / (nx * ny));
    return (((z * 7) % nz) - z) * nx * ny + i;
  };
  const cm = { dims: [64, 64, 4] as const, values: big };

  it.each<[string, () => string, RegExp]>([
    ["NIfTI as it should be", () => nifti(), /^read: $/],
    [
      "NIfTI in centimetres that it calls mm",
      () => nifti({ ...cm, sform: grid(0.5) }),
      /^read: EXTENT_TOO_SMALL/,
    ],
    ["NIfTI ten times too large", () => nifti({ sform: grid(50) }), /^read: EXTENT_TOO_LARGE/],
    ["NIfTI of metres that are mm", () => nifti({ units: 1 }), /DATA_GEOMETRY/],
    ["NIfTI with x for y", () => nifti({ dims: [ny, nx, nz] }), /DATA_HEADER .*rows of 32 .*rows of 40/],
    [
      "NIfTI with y for z",
      () => nifti({ dims: [nx, nz, ny] }),
      /DATA_HEADER .*slices of 640 .*slices of 1280/,
    ],
    ["NIfTI with x for z", () => nifti({ dims: [nz, ny, nx] }), /DATA_HEADER .*rows of 16 .*rows of 40/],
    ["NIfTI of a template's space", () => nifti({ sformCode: 4 }), /^read: NIFTI_STANDARD_SPACE$/],
    [
      "NIfTI that is sheared",
      () =>
        nifti({
          sform: [
            [-8, 0, 2, 0],
            [0, -8, 0, 0],
            [0, 0, 8, 0],
          ],
        }),
      /DATA_GEOMETRY .*sheared by 14/,
    ],
    [
      "NIfTI with bytes in the other order",
      () =>
        nifti({}, (b) => {
          b.subarray(352).swap16();
          return b;
        }),
      /DATA_NOT_HU the two bytes of each voxel stand the other way round/,
    ],
    [
      "NIfTI of an empty sform",
      () =>
        nifti({
          sform: [
            [0, 0, 0, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
          qformCode: 1,
          pixdim: [1, 8, 8, 8],
        }),
      /^read: NIFTI_SFORM_EMPTY$/,
    ],
    [
      "NIfTI whose slices are in another order",
      () => nifti({ values: Int16Array.from(body.keys(), (i) => tall[reordered(i)] ?? 0) }),
      /SLICES_SHUFFLED/,
    ],
    [
      "NIfTI that went through 8 bits",
      () => nifti({ values: body.map((hu) => 16 * Math.floor(hu / 16)) }),
      /^read: HU_COARSE$/,
    ],
    ["NRRD as it should be", () => nrrd(), /^read: $/],
    ["NRRD that ends with its voxels", () => nrrd({ fields: { "byte skip": "-1" } }), /^read: $/],
    [
      "NRRD that should and does not",
      () => nrrd({ fields: { "byte skip": "-1" } }, {}, 2),
      /DATA_HEADER .*2 bytes lie between/,
    ],
    [
      "NRRD of nodes",
      () => nrrd({ fields: { centerings: "node node node" } }),
      /^read: NRRD_CENTERING_NODE$/,
    ],
    ["NRRD of another number", () => nrrd({ fields: { number: "100" } }), /DATA_HEADER number is 100/],
    [
      "NRRD of another range",
      () => nrrd({ fields: { min: "0", max: "255" } }),
      /^read: STATED_RANGE_DISAGREES$/,
    ],
    ["NRRD of thin slices", () => nrrd({ fields: { thicknesses: "NaN NaN 1" } }), /^read: SLICES_APART$/],
    ["NRRD with x for y", () => nrrd({}, { claimed: [ny, nx, nz] }), /DATA_HEADER .*rows of 32/],
    ["NRRD in the other byte order", () => nrrd({ fields: { endian: "big" } }), /DATA_NOT_HU the two bytes/],
    [
      "NRRD of another modality",
      () => nrrd({ fields: { content: "x" } }, {}, 0, ["content: x", "modality:=MR"]),
      /DATA_NOT_HU .*an MR/,
    ],
    ["NRRD of thick slices", () => nrrd({ fields: { thicknesses: "NaN NaN 99" } }), /^read: SLICES_OVERLAP$/],
    ["MetaImage as it should be", () => mha(), /^read: $/],
    [
      "MetaImage of another range",
      () => mha({ fields: { ElementMin: "0", ElementMax: "255" } }),
      /^read: STATED_RANGE_DISAGREES$/,
    ],
    ["MetaImage that ends with its voxels", () => mha({ fields: { HeaderSize: "-1" } }), /^read: $/],
    [
      "MetaImage that should and does not",
      () => mha({ fields: { HeaderSize: "-1" } }, {}, 2),
      /DATA_HEADER .*2 bytes lie between/,
    ],
    ["MetaImage with x for y", () => mha({}, { claimed: [ny, nx, nz] }), /DATA_HEADER .*rows of 32/],
    [
      "MetaImage of a smaller stream than it holds",
      () => mha({ compressed: true, fields: { CompressedDataSize: "100" } }),
      /DATA_TRUNCATED/,
    ],
    [
      "MetaImage at two places",
      () => mha({ fields: { Position: "1 2 3" } }),
      /DATA_HEADER Offset and Position/,
    ],
    [
      "MetaImage of two orientations",
      () => mha({ fields: { AnatomicalOrientation: "RAS" } }),
      /METAIMAGE_ORIENTATION_DISAGREES/,
    ],
  ])("%s is told of, or refused", async (_, make, said) => {
    const verdict = await verdictOf(make());
    expect(verdict).toMatch(said);
    expect(verdict).not.toContain("CANARY");
  });

  it("is the same whether its compressed voxels are read piece by piece or lie there plain", async () => {
    const plain = mha();
    const packed = mha({ compressed: true });
    const digests = [plain, packed].map(
      async (path) => (await readVolumeLogged(path, {}, new ReadLog())).voxels,
    );
    const [a, b] = await Promise.all(digests);
    expect(a).toEqual(b);
    writeFileSync(packed, readFileSync(packed).subarray(0, -20));
    expect(await verdictOf(packed)).toMatch(/^refused: DATA_TRUNCATED/);
  });
});
