import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preprocessVolume, readLabelGrid, readVolume } from "../../../../../ts/data/index.ts";
import { patchLabels } from "../../../../../ts/data/phantom/draw/patches.ts";
import { scanPhantom } from "../../../../../ts/data/phantom/draw/scan.ts";
import { sliceSample } from "../../../../../ts/data/phantom/draw/slices.ts";
import { factClasses, phantomTruth } from "../../../../../ts/data/phantom/truth/facts.ts";
import { writeSliceDataset } from "../../../../../ts/data/phantom/write/slices.ts";
import { writePhantomDataset } from "../../../../../ts/data/phantom/write/volumes.ts";
import { turnToModel } from "../../../../../ts/data/prepare/views.ts";
import type { CaseRow } from "../../../../../ts/schema/sample.ts";
import { caseRowSchema } from "../../../../../ts/schema/sample.ts";

const casesOf = (folder: string): CaseRow[] =>
  readFileSync(join(folder, "cases.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => caseRowSchema.parse(JSON.parse(line)));
const seedOf = (row: CaseRow): number => Number(row.subject.slice("phantom-".length));

describe("what the generator writes, read by the readers every scan goes through", () => {
  let parent = "";
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), "tomoe-read-back-"));
  });
  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it("passes the HU gate without a warning and comes back, stacked as acquired, as the array the model sees", async () => {
    const folder = join(parent, "volumes");
    await writePhantomDataset(folder, {
      seed: 7,
      volumes: { train: 30, validation: 0, test: 0 },
      sizeDHW: [16, 48, 48],
    });
    const planes = new Set<string>();
    for (const row of casesOf(folder)) {
      const truth = phantomTruth(seedOf(row));
      planes.add(truth.plane);
      const volume = await readVolume(join(folder, row.path));
      expect([volume.hu.verdict, volume.warnings]).toEqual(["ok", []]);
      expect(volume.stackAxis).toBe({ axial: 0, coronal: 1, sagittal: 2, oblique: 0 }[truth.plane]);
      const input = preprocessVolume(volume, {
        sizeDHW: [16, 48, 48],
        windowHu: { low: -2000, high: 3000 },
        stack: "acquired",
      });
      expect(
        Buffer.from(input.voxels.buffer, input.voxels.byteOffset, input.voxels.byteLength).equals(
          Buffer.from(scanPhantom(truth, [16, 48, 48]).voxels.buffer),
        ),
      ).toBe(true);
    }
    expect(planes).toEqual(new Set(factClasses.plane));
  });

  it("passes the HU gate with stacks of slices, is not refused by it with one slice, and gives each slice its patch labels", async () => {
    for (const seed of [1, 2, 3]) {
      const folder = join(parent, `slices-${seed}`);
      await writeSliceDataset(folder, {
        seed,
        slices: { train: 16, validation: 1 },
        sizeHW: [48, 48],
        patchSize: 12,
      });
      for (const row of casesOf(folder)) {
        const volume = await readVolume(join(folder, row.path));
        // In the 2,304 voxels of one slice fat may be all the tissue there is, which tells no offset.
        expect(volume.shapeDHW[0] > 1 ? ["ok"] : ["ok", "suspect"]).toContain(volume.hu.verdict);
        const labels = await readLabelGrid(join(folder, row.patchLabels ?? ""));
        const sample = sliceSample(seedOf(row), [48, 48]);
        const slice = row.slice ?? Number.NaN;
        const turned = turnToModel(labels.labels, labels.shapeDHW, labels.stackAxis);
        expect([...turned.subarray(slice * 16, (slice + 1) * 16)]).toEqual([
          ...patchLabels(sample.image.structureIds, [1, 48, 48], 12),
        ]);
      }
    }
  });
});
