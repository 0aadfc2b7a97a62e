import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspectPath, type ReadOptions, readVolume } from "../../../../../../ts/data/index.ts";
import type { Volume } from "../../../../../../ts/schema/volume.ts";
import { caught } from "../../../../../support/caught.ts";
import { seriesBody, seriesFiles, seriesSpecs, writeFolder } from "../../../../../support/ct-series.ts";
import { type DicomSpec, dicomFile } from "../../../../../support/dicom-file.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

type Triple = readonly [number, number, number];
const both = { tilt: "resample", spacing: "resample" } as const;
const head = new URL("../../../../../../../shared/data/ct/dicom/ge_head_tilt/", import.meta.url).pathname;
const present = existsSync(head);
if (!present) process.stdout.write("skipped: the tilted head, since ../shared/data/ct is absent\n");

const root = temporaryFolder();
let folders = 0;
const folderOf = (specs: readonly DicomSpec[]): string =>
  writeFolder(join(root, `folder-${folders++}`), seriesFiles(specs));
const at = (z: number): DicomSpec => ({ position: [-12, -10, z] });
/** Slices at these heights, `lean` mm further back for each mm up. */
const stack = (heights: readonly number[], lean = 0): readonly DicomSpec[] =>
  seriesSpecs(heights.length, (z) => ({ position: [-12, -10 + lean * (heights[z] ?? 0), heights[z] ?? 0] }));
const even = Array.from({ length: 10 }, (_, z) => 2 * z);
const uneven = [0, 2, 4, 6, 8, 10, 13, 16, 19];

/** Voxel (w, h, d) at a place in LPS mm, by an affine with right angles. */
function voxelAt({ affineRas: [x, y, z] }: Volume, [left, posterior, superior]: Triple): Triple {
  const offset = [-left - x[3], -posterior - y[3], superior - z[3]] as const;
  const along = (axis: 0 | 1 | 2): number =>
    (offset[0] * x[axis] + offset[1] * y[axis] + offset[2] * z[axis]) /
    (x[axis] ** 2 + y[axis] ** 2 + z[axis] ** 2);
  return [along(0), along(1), along(2)];
}

/** The brightest voxel (w, h, d) within `reach` voxels of a place. */
function brightest({ voxels, shapeDHW: [d, h, w] }: Volume, [cw, ch, cd]: Triple, reach: Triple): Triple {
  let best: Triple = [0, 0, 0];
  let most = Number.NEGATIVE_INFINITY;
  const span = (centre: number, by: number, length: number): readonly [number, number] => [
    Math.max(0, Math.ceil(centre - by)),
    Math.min(length - 1, Math.floor(centre + by)),
  ];
  const [ws, hs, ds] = [span(cw, reach[0], w), span(ch, reach[1], h), span(cd, reach[2], d)];
  for (let k = ds[0]; k <= ds[1]; k++)
    for (let j = hs[0]; j <= hs[1]; j++)
      for (let i = ws[0]; i <= ws[1]; i++) {
        const hu = voxels[(k * h + j) * w + i] ?? 0;
        if (hu > most) [most, best] = [hu, [i, j, k]];
      }
  return best;
}

const units: readonly Triple[] = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
  [0, 0, 1],
  [0, 0, -1],
];
const orientations = units.flatMap((across) =>
  units
    .filter((down) => across.every((value, axis) => value * (down[axis] ?? 0) === 0))
    .map((down) => [across, down] as const),
);
const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

describe("a tilted series under tilt=resample", () => {
  it.each(orientations)(
    "shows a marker where its position says: rows along %j, columns along %j",
    async (across, down) => {
      const normal = cross(across, down);
      for (const lean of [0.35, -0.35]) {
        // The lean goes along rows or along columns; pixels are 1.5 mm wide and 1 mm high.
        const along = lean * (across[0] + across[1] + across[2]) > 0 ? across : down;
        const marked = { slice: 6, column: 4, row: 2 };
        const specs = seriesSpecs(8, (z) => ({
          orientation: [...across, ...down],
          position: normal.map(
            (n, axis) => 5 + 2 * z * n + 2 * z * lean * (along[axis] ?? 0),
          ) as unknown as Triple,
        }));
        const values = Int16Array.from(specs[marked.slice]?.values ?? []);
        values[marked.row * 24 + marked.column] = 3000;
        const volume = await readVolume(
          folderOf(specs.map((spec, z) => (z === marked.slice ? { ...spec, values } : spec))),
          { policy: both },
        );
        const corner = specs[marked.slice]?.position ?? [0, 0, 0];
        const place = corner.map(
          (mm, axis) => mm + 1.5 * marked.column * (across[axis] ?? 0) + marked.row * (down[axis] ?? 0),
        ) as unknown as Triple;
        const expected = voxelAt(volume, place);
        const found = brightest(volume, expected, [50, 50, 50]);
        for (const axis of [0, 1, 2] as const)
          expect(Math.abs((found[axis] ?? 0) - (expected[axis] ?? 0))).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(volume.receipt.steps.find(({ step }) => step === "resample")?.tilt).toMatchObject({
          degrees: expect.closeTo((Math.atan(0.35) * 180) / Math.PI, 4),
          shiftMm: expect.closeTo(14 * 0.35, 4),
        });
      }
    },
  );

  it("says in the receipt and in a warning what was moved, and which share is air", async () => {
    const { receipt, warnings, shapeDHW, voxels } = await readVolume(folderOf(stack(even, 0.35)), {
      policy: both,
    });
    // 18 mm of slices shift by 6.3 mm: 7 rows more of 1 mm.
    expect([shapeDHW, receipt.sourceShapeXYZ]).toEqual([
      [10, 27, 24],
      [24, 20, 10],
    ]);
    const step = receipt.steps.find((one) => one.step === "resample");
    expect(step).toMatchObject({ spacing: null, border: { hu: -1000 }, rounding: "to the nearest whole HU" });
    const border = Number((step?.border as { share: number } | undefined)?.share);
    expect(border).toBeGreaterThan(7 / 27 - 0.02);
    expect(border).toBeLessThan(7 / 27 + 0.02);
    expect(voxels.filter((hu) => hu === -1000).length / voxels.length).toBeGreaterThanOrEqual(border);
    expect(warnings.map(({ code }) => code)).toEqual(["TILT_RESAMPLED", "POLICY_UNUSED"]);
    expect(warnings[0]?.message).toMatch(
      /19\.29\d* degrees .*6\.3 mm sideways over 18 mm.* 2\d\.\d % of the voxels are border, filled with air \(-1000 HU\)/,
    );
    expect(warnings[1]?.message).toBe("spacing=resample changed nothing: the slices step regularly");
  });

  it("is judged as it is stored too: air at the border hides no offset", async () => {
    const raised = stack(even, 0.35).map((spec) => ({ ...spec, intercept: "100" }));
    const volume = await readVolume(folderOf(raised), { policy: both });
    expect([volume.hu.verdict, volume.hu.reasons.join()]).toEqual([
      "suspect",
      expect.stringMatching(/both lie (9\d|10\d) HU too high/),
    ]);
    const stored = stack(even, 0.35).map((spec) => ({ ...spec, intercept: "1024" }));
    expect((await caught(() => readVolume(folderOf(stored), { policy: both }))).code).toBe("DATA_NOT_HU");
  });

  it("is refused where the grid that it needs is above the limit", async () => {
    const folder = folderOf(stack(even, 0.35));
    const error = await caught(() => readVolume(folder, { policy: both, maxBytes: 2 * 24 * 20 * 10 }));
    expect([error.code, error.message]).toEqual([
      "DATA_UNSUPPORTED",
      expect.stringContaining("24 x 27 x 10 voxels"),
    ]);
  });
});

describe("an irregular series under spacing=resample", () => {
  it("is interpolated linearly onto the commonest step", async () => {
    const specs = stack(uneven);
    const { voxels, shapeDHW, affineRas, receipt, warnings } = await readVolume(folderOf(specs), {
      policy: { spacing: "resample" },
    });
    expect([shapeDHW.slice(1), affineRas[2][2]]).toEqual([[20, 24], expect.closeTo(2, 9)]);
    const body = seriesBody(uneven.length);
    for (let k = 0; k < shapeDHW[0]; k++) {
      const z = Math.min(19, Math.max(0, affineRas[2][3] + 2 * k));
      const upper = Math.max(
        1,
        uneven.findIndex((place) => place >= z),
      );
      const share = (z - (uneven[upper - 1] ?? 0)) / ((uneven[upper] ?? 0) - (uneven[upper - 1] ?? 0));
      for (let i = 0; i < 480; i++) {
        const [low, high] = [body[(upper - 1) * 480 + i] ?? 0, body[upper * 480 + i] ?? 0];
        // Half a HU of rounding, and float32 on the way.
        expect(Math.abs((voxels[k * 480 + i] ?? 0) - (low + (high - low) * share))).toBeLessThanOrEqual(
          0.5001,
        );
      }
    }
    expect(receipt.steps.find(({ step }) => step === "resample")).toMatchObject({
      tilt: null,
      spacing: {
        stepMm: 2,
        stepsAlike: 5,
        steps: 8,
        stepMinMm: 2,
        stepMaxMm: 3,
        slicesBefore: 9,
        slicesAfter: shapeDHW[0],
      },
      border: { voxels: 0 },
    });
    expect(receipt.steps.find(({ step }) => step === "voxels")).toMatchObject({
      dtype: "int16",
      exact: false,
    });
    expect(warnings).toEqual([
      {
        code: "SPACING_RESAMPLED",
        message: expect.stringMatching(/^9 slices, 2 to 3 mm apart, became \d+ at 2 mm/),
      },
    ]);
  });

  it("warns of slices that lie too close for the commonest step", async () => {
    const dense = [0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28];
    const { warnings } = await readVolume(folderOf(stack(dense)), { policy: both });
    expect(warnings.map(({ code }) => code)).toContain("SLICES_DISPLACED");
  });

  it("is refused with a gap, with or without the policy", async () => {
    const folder = folderOf(stack(even.filter((_, z) => z !== 4)));
    for (const policy of [{}, both] as const)
      expect((await caught(() => readVolume(folder, { policy }))).code).toBe("DATA_SERIES_GAP");
  });
});

describe("a policy that nothing needs", () => {
  it("changes no voxel and says so, of DICOM and of NIfTI", async () => {
    const folder = folderOf(stack(even));
    const [plain, asked] = [await readVolume(folder), await readVolume(folder, { policy: both })];
    expect(asked.voxels).toEqual(plain.voxels);
    expect({ ...asked, warnings: [] }).toEqual({ ...plain, warnings: [] });
    const said = {
      code: "POLICY_UNUSED",
      message: expect.stringMatching(/^tilt=resample and spacing=resample changed nothing/),
    };
    expect([plain.warnings, asked.warnings]).toEqual([[], [said]]);
    const nifti = join(root, "scan.nii");
    writeFileSync(nifti, niftiFile({ dims: [24, 20, 10], values: seriesBody(10), sformCode: 1 }));
    expect((await readVolume(nifti, { policy: both })).warnings).toContainEqual(said);
    const file = join(root, "one.dcm");
    writeFileSync(file, dicomFile({ ...seriesSpecs(1)[0], ...at(0) }));
    expect(
      (await readVolume(file, { policy: { tilt: "resample" }, huGate: "record" })).warnings,
    ).toContainEqual({
      code: "POLICY_UNUSED",
      message: "tilt=resample changed nothing: no slices are tilted",
    });
  });
});

/** Offset of the value of a short explicit element. */
const valueAt = (file: Buffer, tag: readonly number[], vr: string): number =>
  file.indexOf(Buffer.concat([Buffer.from(tag), Buffer.from(vr)])) + 8;

describe("ge_head_tilt", () => {
  const run = present ? it : it.skip;

  run(
    "is refused without a policy, naming degrees, millimetres and both policies, and with one of them",
    async () => {
      for (const policy of [{}, { tilt: "resample" }, { spacing: "resample" }] satisfies NonNullable<
        ReadOptions["policy"]
      >[]) {
        const error = await caught(() => inspectPath(head, { policy }));
        expect(error.code).toBe("tilt" in policy ? "DATA_SERIES_SPACING" : "DATA_SERIES_TILT");
        expect(error.hint).toContain("--policy tilt=resample,spacing=resample");
      }
    },
  );

  run("shows a marker in every slice within half a voxel of where its position says", async () => {
    const folder = join(root, "marked head");
    mkdirSync(folder);
    const markers = readdirSync(head)
      .sort()
      .map((name, index) => {
        const file = readFileSync(join(head, name));
        const start = valueAt(file, [0x20, 0, 0x32, 0], "DS");
        const [x = 0, y = 0, z = 0] = file
          .toString("latin1", start, start + file.readUInt16LE(start - 2))
          .split("\\")
          .map(Number);
        // Far from each other, so that none is taken for another.
        const [column, row] = [60 + 13 * index, 256 + 30 * ((index % 7) - 3)];
        file.writeInt16LE(8000, file.length - 2 * (512 * 512 - (row * 512 + column)));
        writeFileSync(join(folder, name), file);
        const [across, down] = [0.4882812 * column, 0.4882812 * row];
        const tilt = (18.5 * Math.PI) / 180;
        return [x + across, y + down * Math.cos(tilt), z - down * Math.sin(tilt)] as const;
      });
    const volume = await readVolume(folder, { policy: both });
    expect(markers).toHaveLength(28);
    for (const place of markers) {
      const expected = voxelAt(volume, place);
      const found = brightest(volume, expected, [5, 5, 3]);
      for (const axis of [0, 1, 2] as const)
        expect(Math.abs(found[axis] - expected[axis])).toBeLessThanOrEqual(0.5 + 1e-6);
      expect(volume.voxels[(found[2] * volume.shapeDHW[1] + found[1]) * 512 + found[0]]).toBeGreaterThan(900);
    }
    expect([volume.hu.verdict, volume.shapeDHW.slice(1)]).toEqual(["ok", [611, 512]]);
  });
});
