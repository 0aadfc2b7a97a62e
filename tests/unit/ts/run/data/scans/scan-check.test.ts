import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceCase } from "../../../../../../ts/data/sources/index.ts";
import {
  checkScan,
  type ScanVerdict,
  scanVerdictSchema,
  wholeContent,
} from "../../../../../../ts/run/data/scans/scan-check.ts";
import { contentOf, stampOf } from "../../../../../../ts/run/data/scans/stamp.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../../../../../support/ct-series.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { npyFile } from "../../../../../support/npy-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { volumeExamples } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();
let made = 0;
const fresh = (name: string): string => join(root, `${made++}-${name}`);
const { signal } = new AbortController();
const dims = [32, 32, 16] as const;
const body = bodyVoxels(...dims);

async function checked(
  path: string,
  deep: boolean,
  more: Partial<SourceCase> = {},
  intensity: "hu" | "picture" = "hu",
): Promise<ScanVerdict> {
  const row = {
    id: "c",
    patient: "p",
    paths: [path],
    split: null,
    place: { table: "t", row: 1 },
    ...more,
  } as const;
  return await checkScan(row, await stampOf(path), { deep, intensity, signal });
}

function nifti(values: ArrayLike<number> = body): string {
  const path = fresh("scan.nii.gz");
  writeFileSync(path, niftiFile({ dims, values, dtype: "int16", gzip: true }));
  return path;
}

describe("a scan that is looked at", () => {
  it("by its header has its grid and a digest of parts, and nothing of its voxels", async () => {
    const verdict = await checked(nifti(), false);
    expect(verdict).toMatchObject({
      verdict: "ok",
      deep: false,
      shapeDHW: [16, 32, 32],
      hu: null,
      content: null,
    });
    expect(verdict.sample).toMatch(/^[0-9a-f]{64}$/);
    expect(scanVerdictSchema.parse(verdict)).toEqual(verdict);
  });

  it("by every voxel has its HU and the digest of its bytes too", async () => {
    const path = nifti();
    const verdict = await checked(path, true);
    expect(verdict).toMatchObject({ deep: true, content: await contentOf(await stampOf(path)) });
    expect(verdict.hu).toMatchObject({ min: Math.min(...body), max: Math.max(...body) });
    expect(verdict.sample).toBe((await checked(path, false)).sample);
    expect(scanVerdictSchema.parse(verdict)).toEqual(verdict);
  });

  it("is refused by the gate where every voxel is read, with the reader's own words", async () => {
    const path = nifti(Array.from({ length: body.length }, (_, at) => at % 200));
    expect(await checked(path, false)).toMatchObject({ verdict: "ok" });
    expect(await checked(path, true)).toMatchObject({
      verdict: "refused",
      refusal: {
        code: "DATA_NOT_HU",
        message: expect.stringContaining("Hounsfield"),
        hint: expect.any(String),
      },
      sample: null,
      shapeDHW: null,
    });
  });

  it("of a DICOM series is read by headers; its copy under other names has its content", async () => {
    const one = fresh("series"),
      other = fresh("copy");
    writeFolder(one, seriesFiles(seriesSpecs(5)));
    writeFolder(
      other,
      seriesFiles(seriesSpecs(5)).map(([name, bytes]) => [`x${name}`, bytes]),
    );
    const [first, second] = [await checked(one, false), await checked(other, false)];
    expect(first).toMatchObject({ verdict: "ok", deep: false });
    const contents = [
      await wholeContent(first, await stampOf(one), signal),
      await wholeContent(second, await stampOf(other), signal),
    ];
    expect(contents[1]).toBe(contents[0]);
  });

  it("is read whole where its format has no other way, and told apart by its voxels", async () => {
    const affine = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ];
    const stored = { affine, text: "", dims, dtype: "int16", littleEndian: true, values: body } as const;
    const { path } = volumeExamples.mha?.write(fresh("mha"), stored) ?? { path: "" };
    const verdict = await checked(path, false);
    expect(verdict).toMatchObject({
      deep: true,
      verdict: "ok",
      content: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("as a picture of 0..1 is not asked for HU", async () => {
    const values = Float32Array.from({ length: 8 * 8 * 8 }, (_, at) => at / 511);
    const path = fresh("scan.npy");
    writeFileSync(
      path,
      npyFile({ affine: [], text: "", dims: [8, 8, 8], dtype: "float32", littleEndian: true, values }),
    );
    expect(await checked(path, false, {}, "picture")).toMatchObject({ verdict: "suspect", deep: true });
    expect(await checked(path, false)).toMatchObject({ verdict: "refused" });
  });

  it("with a series in a row that holds none is a fault of the row", async () => {
    expect(await checked(nifti(), true, { series: "abc" })).toMatchObject({
      verdict: "refused",
      refusal: { code: "USAGE_INVALID" },
    });
  });

  it("ends the whole once the caller stops", async () => {
    const stop = new AbortController();
    stop.abort();
    const path = nifti();
    const row = { id: "c", patient: "p", paths: [path], split: null, place: { table: "t", row: 1 } } as const;
    const stamp = await stampOf(path);
    const error = await caught(() =>
      checkScan(row, stamp, { deep: true, intensity: "hu", signal: stop.signal }),
    );
    expect(error.code).toBe("CANCELLED");
  });
});
