import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PreprocessConfig } from "../../../../../ts/data/index.ts";
import { preprocessSlices, preprocessVolume } from "../../../../../ts/data/prepare/preprocess.ts";
import type { ShardRequest } from "../../../../../ts/data/shards/request.ts";
import { fillRows } from "../../../../../ts/data/shards/rows.ts";
import { readVolume } from "../../../../../ts/data/volume/read.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const put = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(root, name), bytes);
  return join(root, name);
};
const scans = [1, 2, 3].map((seed) =>
  put(`scan-${seed}.nii`, niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, seed) })),
);
const grid = (name: string, dims: readonly [number, number, number]): string =>
  put(
    name,
    niftiFile({ dims, values: Int16Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, i) => i % 30) }),
  );
const request = (change: Partial<ShardRequest> = {}): ShardRequest => ({
  folder: root,
  cases: scans.map((path) => ({ path })),
  config: { sizeDHW: [8, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "axial" },
  preprocessDigest: "d".repeat(64),
  ...change,
});
const slices = { sizeDHW: [1, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "axial" } as const;

describe("fillRows", () => {
  it("gives each case the row of its place, though a scan that rows share is read once", async () => {
    const [first = "", second = ""] = scans;
    const cases = [
      { path: second, slice: 3 },
      { path: first, slice: 0 },
      { path: second, slice: 0 },
      { path: first, slice: 7 },
    ];
    const { voxels, receipts, volumeIds } = await fillRows(request({ cases, config: slices }));
    for (const [row, entry] of cases.entries()) {
      const input = preprocessSlices(await readVolume(entry.path), slices);
      const expected = input.voxels.subarray(entry.slice * 120, (entry.slice + 1) * 120);
      expect([...voxels.subarray(row * 120, (row + 1) * 120)]).toEqual([...expected]);
      expect(receipts[row]?.steps.at(-1)).toEqual({ step: "slice", index: entry.slice });
    }
    expect(new Set(volumeIds).size).toBe(4);
  });

  it("names a volume by its bytes, the contract and the slice, never by its path", async () => {
    const copy = put("copy.nii", niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, 1) }));
    const ids = async (change: Partial<ShardRequest>) => (await fillRows(request(change))).volumeIds;
    const [original] = await ids({ cases: [{ path: scans[0] ?? "" }] });
    expect(await ids({ cases: [{ path: copy }] })).toEqual([original]);
    expect(await ids({ cases: [{ path: copy }], preprocessDigest: "e".repeat(64) })).not.toEqual([original]);
    expect(await ids({ cases: [{ path: copy, slice: 0 }], config: slices })).not.toEqual([original]);
  });

  it("has no patches when no case has labels, and -1 for one without", async () => {
    expect((await fillRows(request())).patches).toBeUndefined();
    const labels = grid("grid.nii", [3, 2, 8]);
    const cases = [{ path: scans[0] ?? "" }, { path: scans[1] ?? "", patchLabelsPath: labels }];
    const { patches } = await fillRows(request({ cases }));
    expect(patches?.shape).toEqual([8, 2, 3]);
    expect(new Set(patches?.labels.subarray(0, 48))).toEqual(new Set([-1]));
    expect([...(patches?.labels.subarray(48) ?? [])].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 48 }, (_, i) => i % 30).sort((a, b) => a - b),
    );
  });

  it("tells how far it is, once a row", async () => {
    const told: (readonly [number, number])[] = [];
    await fillRows(request({ onProgress: (done, total) => told.push([done, total]) }));
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("keeps the warnings of each scan beside its row", async () => {
    const odd = put(
      "odd.nii",
      niftiFile({
        dims: [12, 10, 8],
        values: Float32Array.from(bodyVoxels(12, 10, 8), (hu) => hu + 0.5),
        dtype: "float32",
      }),
    );
    const { warnings } = await fillRows(request({ cases: [{ path: scans[0] ?? "" }, { path: odd }] }));
    expect(warnings.map((list) => list.map((warning) => warning.code))).toEqual([[], ["VOXELS_FLOAT32"]]);
  });

  it("makes the whole volume of its model input", async () => {
    const { voxels } = await fillRows(request({ cases: [{ path: scans[2] ?? "" }] }));
    const input = preprocessVolume(await readVolume(scans[2] ?? ""), request().config);
    expect([...voxels]).toEqual([...input.voxels]);
  });
});

describe("fillRows refuses", () => {
  it("a scan that is none, naming its case and keeping its code", async () => {
    const twice = put(
      "twice.nii",
      niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8).map((hu) => hu - 1024) }),
    );
    const error = await caught(() =>
      fillRows(request({ cases: [{ path: scans[0] ?? "" }, { path: scans[1] ?? "" }, { path: twice }] })),
    );
    expect([error.code, error.details.case]).toEqual(["DATA_NOT_HU", 2]);
    expect(error.message).toMatch(/^\[DATA_NOT_HU\] case 2: the voxels are not Hounsfield units/);
    const named = await caught(() =>
      fillRows(
        request({
          cases: [
            { path: scans[0] ?? "", id: "c6" },
            { path: twice, id: "c70" },
          ],
        }),
      ),
    );
    expect(named.details.case).toBe("c70");
    expect(named.message).toMatch(/^\[DATA_NOT_HU\] case c70: the voxels are not Hounsfield units/);
  });

  it("a slice and a label grid that do not fit, by the id of their case", async () => {
    const sliced = { sizeDHW: [1, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" } as const;
    const beyond = await caught(() =>
      fillRows(request({ cases: [{ path: scans[0] ?? "", id: "c70", slice: 99 }], config: sliced })),
    );
    expect(beyond.message).toContain("case c70 asks for slice 99");
    expect(beyond.details.case).toBe("c70");
  });

  it.each([8, -1])("slice %d of a stack of eight", async (slice) => {
    const cases = [{ path: scans[0] ?? "", slice }];
    const error = await caught(() => fillRows(request({ cases, config: slices })));
    expect([error.code, error.details]).toEqual(["DATA_MANIFEST", { case: 0, slice, slices: 8 }]);
    expect(error.hint).toBe("Slices count from 0 along the stack axis.");
  });

  it("labels of another depth, or of another grid than the others'", async () => {
    const [path = ""] = scans;
    const shallow = [{ path, patchLabelsPath: grid("shallow.nii", [3, 2, 7]) }];
    expect((await caught(() => fillRows(request({ cases: shallow })))).message).toContain(
      "case 0: its patch labels have 7 slices where 8 are needed",
    );
    const differing = [
      { path, patchLabelsPath: grid("one.nii", [3, 2, 8]) },
      { path, patchLabelsPath: grid("two.nii", [4, 2, 8]) },
    ];
    expect((await caught(() => fillRows(request({ cases: differing })))).message).toContain(
      "case 1: its patch grid is 8 x 2 x 4 where others have 8 x 2 x 3",
    );
  });

  it.each<Partial<PreprocessConfig>>([{ spacingMmDHW: [4, 2, 2] }, { crop: "foreground" }, { fit: "pad" }])(
    "labels of patches where a part of the volume would be shown: %j",
    async (more) => {
      const [path = ""] = scans;
      const cases = [{ path }, { path, id: "c71", patchLabelsPath: grid("whole.nii", [3, 2, 8]) }];
      const plain = request({ cases });
      const error = await caught(() => fillRows({ ...plain, config: { ...plain.config, ...more } }));
      expect([error.code, error.details.case]).toEqual(["DATA_MANIFEST", "c71"]);
      expect(error.message).toContain(`with ${Object.keys(more).join()} they would not fit`);
      const stretched = { ...plain.config, fit: "stretch", sampling: "linear" } as const;
      expect((await fillRows({ ...plain, config: stretched })).volumeIds).toHaveLength(2);
    },
  );

  it("to go on once it is cancelled", async () => {
    expect((await caught(() => fillRows(request({ signal: AbortSignal.abort() })))).code).toBe("CANCELLED");
  });
});
