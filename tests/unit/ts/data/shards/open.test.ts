import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preprocessVolume } from "../../../../../ts/data/prepare/preprocess.ts";
import { openShard } from "../../../../../ts/data/shards/open.ts";
import type { ShardRequest } from "../../../../../ts/data/shards/request.ts";
import { readVolume } from "../../../../../ts/data/volume/read.ts";
import type { VolumeWarning } from "../../../../../ts/schema/volume.ts";
import { crc32, decodeTensors } from "../../../../../ts/tensor/index.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const put = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(root, name), bytes);
  return join(root, name);
};
const coronal = [
  [2, 0, 0, 0],
  [0, 0, 4, 0],
  [0, 2, 0, 0],
];
const scans = [1, 2, 3].map((seed) =>
  put(`scan-${seed}.nii`, niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, seed) })),
);
const labels = put(
  "labels.nii",
  niftiFile({
    dims: [3, 2, 8],
    values: Int16Array.from({ length: 48 }, (_, i) => i - 1),
    sform: [
      [8, 0, 0, 0],
      [0, 10, 0, 0],
      [0, 0, 2, 0],
    ],
  }),
);
let folders = 0;
const request = (change: Partial<ShardRequest> = {}): ShardRequest => ({
  folder: join(root, `cache-${folders++}`),
  cases: scans.map((path) => ({ path })),
  config: { sizeDHW: [8, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
  preprocessDigest: "d".repeat(64),
  ...change,
});
const column = (path: string, name: string): { data: Int16Array; shape: readonly number[]; rows: number } => {
  const found = decodeTensors(readFileSync(path)).find((entry) => entry.name === name);
  if (found?.dtype !== "int16") throw new Error(`no int16 column ${name}`);
  return found;
};

describe("openShard", () => {
  it("builds an Arrow file whose rows are the preprocessed volumes, in order", async () => {
    const asked = request();
    const shard = await openShard(asked);
    expect(shard).toMatchObject({
      offsetBytes: 0,
      rows: 3,
      shape: [8, 10, 12],
      patchShape: null,
      reused: false,
      lengthBytes: statSync(shard.path).size,
    });
    expect(shard.crc32).toBe(crc32([readFileSync(shard.path)]));
    const { data, shape, rows } = column(shard.path, "volume");
    expect([rows, shape]).toEqual([3, [8, 10, 12]]);
    for (const [row, path] of scans.entries()) {
      const input = preprocessVolume(await readVolume(path), asked.config);
      expect([...data.subarray(row * 960, (row + 1) * 960)]).toEqual([...input.voxels]);
      expect(shard.receipts[row]).toEqual(input.receipt);
    }
    expect(new Set(shard.volumeIds).size).toBe(3);
    expect(shard.warnings).toEqual([[], [], []]);
    expect(statSync(asked.folder).mode & 0o777).toBe(0o700);
    expect(
      readdirSync(asked.folder)
        .map((name) => name.replace(/^[0-9a-f]{64}/, "digest"))
        .sort(),
    ).toEqual(["digest.arrow", "digest.json"]);
  });

  it("reuses a whole shard, with the receipts kept beside it", async () => {
    const asked = request();
    const built = await openShard(asked);
    const again = await openShard(asked);
    expect(again).toEqual({ ...built, reused: true });
  });

  it.each<[string, (path: string) => void, string]>([
    [
      "a flipped bit",
      (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
      "its checksum differs",
    ],
    ["a missing tail", (path) => writeFileSync(path, readFileSync(path).subarray(0, -64)), "bytes where"],
    [
      "bytes behind it",
      (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(1)])),
      "bytes where",
    ],
    ["the file gone", (path) => rmSync(path), "it cannot be read"],
  ])("notices %s, says so and builds it again", async (_, damage, said) => {
    const heard: VolumeWarning[] = [];
    const asked = request({ onWarning: (warning) => heard.push(warning) });
    const built = await openShard(asked);
    damage(built.path);
    const again = await openShard(asked);
    expect(again).toEqual(built);
    expect(heard).toEqual([{ code: "SHARD_REBUILT", message: expect.stringContaining(said) }]);
    expect(crc32([readFileSync(built.path)])).toBe(built.crc32);
  });

  it("builds again when the record beside it is missing or damaged: the record is the commit mark", async () => {
    for (const text of [undefined, "{", '{"format":"tomoe.shard/1"}']) {
      const asked = request();
      const built = await openShard(asked);
      const record = built.path.replace(/arrow$/, "json");
      if (text === undefined) rmSync(record);
      else writeFileSync(record, text);
      expect(await openShard(asked)).toEqual({ ...built, reused: false });
    }
  });

  it("gives another name to other bytes, settings, digests or rows, never to another path", async () => {
    const name = async (change: Partial<ShardRequest>): Promise<string> =>
      (await openShard(request(change))).path.split("/").at(-1) ?? "";
    const copy = put("copy.nii", readFileSync(scans[0] ?? ""));
    const plain = await name({});
    expect(await name({ cases: [copy, ...scans.slice(1)].map((path) => ({ path })) })).toBe(plain);
    const others = [
      await name({ cases: scans.slice(0, 2).map((path) => ({ path })) }),
      await name({ cases: scans.toReversed().map((path) => ({ path })) }),
      await name({ preprocessDigest: "e".repeat(64) }),
      await name({
        config: { sizeDHW: [8, 10, 12], windowHu: { low: -900, high: 1000 }, stack: "acquired" },
      }),
      await name({ cases: scans.map((path) => ({ path, patchLabelsPath: labels })) }),
    ];
    expect(new Set([plain, ...others]).size).toBe(6);
  });

  it("turns slices of one stack into rows [1, H, W], reading the scan once", async () => {
    const path = put(
      "stack.nii",
      niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, 4), sform: coronal }),
    );
    const config = { sizeDHW: [1, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" } as const;
    const shard = await openShard(request({ cases: [5, 0].map((slice) => ({ path, slice })), config }));
    const whole = preprocessVolume(await readVolume(path), { ...config, sizeDHW: [8, 10, 12] });
    const { data } = column(shard.path, "volume");
    expect([...data]).toEqual([...whole.voxels.subarray(600, 720), ...whole.voxels.subarray(0, 120)]);
    expect(shard.receipts.map((receipt) => receipt.steps.at(-1))).toEqual([
      { step: "slice", index: 5 },
      { step: "slice", index: 0 },
    ]);
    expect(new Set(shard.volumeIds).size).toBe(2);
  });

  it("turns patch labels as it turns the volume and fills cases without any with -1", async () => {
    const shard = await openShard(
      request({ cases: [{ path: scans[0] ?? "", patchLabelsPath: labels }, { path: scans[1] ?? "" }] }),
    );
    expect(shard.patchShape).toEqual([8, 2, 3]);
    const { data } = column(shard.path, "patchLabels");
    // Row 0 anterior, column 0 right: each 2 x 3 grid of the file runs backwards.
    const wanted = Array.from({ length: 8 }, (_, slice) =>
      Array.from({ length: 6 }, (__, i) => 6 * slice + (5 - i) - 1),
    ).flat();
    expect([...data.subarray(0, 48)]).toEqual(wanted);
    expect([...new Set(data.subarray(48))]).toEqual([-1]);
  });

  it("takes the label grid of the slice asked for", async () => {
    const shard = await openShard(
      request({
        cases: [{ path: scans[0] ?? "", slice: 3, patchLabelsPath: labels }],
        config: { sizeDHW: [1, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
      }),
    );
    expect(shard.patchShape).toEqual([1, 2, 3]);
    expect([...column(shard.path, "patchLabels").data]).toEqual([22, 21, 20, 19, 18, 17]);
  });

  it("reports progress row by row", async () => {
    const seen: string[] = [];
    await openShard(request({ onProgress: (done, total) => seen.push(`${done}/${total}`) }));
    expect(seen).toEqual(["1/3", "2/3", "3/3"]);
  });

  it.each<[string, () => Partial<ShardRequest>, string, string]>([
    ["no cases", () => ({ cases: [] }), "DATA_EMPTY", "no cases"],
    [
      "a scan that is not in HU, naming the case",
      () => ({
        cases: [
          { path: scans[0] ?? "" },
          {
            path: put(
              "twice.nii",
              niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, 1).map((hu) => hu - 1024) }),
            ),
          },
        ],
      }),
      "DATA_NOT_HU",
      "case 1: the voxels are not",
    ],
    [
      "a scan that is not there",
      () => ({ cases: [{ path: join(root, "none.nii") }] }),
      "PATH_NOT_FOUND",
      "none.nii",
    ],
    [
      "a slice beyond the stack",
      () => ({
        cases: [{ path: scans[0] ?? "", slice: 8 }],
        config: { sizeDHW: [1, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
      }),
      "DATA_MANIFEST",
      "slice 8 of a stack of 8",
    ],
    [
      "labels of another depth",
      () => ({
        cases: [{ path: scans[0] ?? "", patchLabelsPath: labels }],
        config: { sizeDHW: [4, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
      }),
      "DATA_MANIFEST",
      "8 slices where 4 are needed",
    ],
    ["a cancelled signal", () => ({ signal: AbortSignal.abort() }), "CANCELLED", "cancelled"],
  ])("refuses %s and leaves no file", async (_, change, code, said) => {
    const asked = request(change());
    const error = await caught(() => openShard(asked));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
    expect(() => readdirSync(asked.folder)).toThrow(/ENOENT/);
  });

  it("says OUTPUT_CREATE where the cache folder cannot be", async () => {
    expect((await caught(() => openShard(request({ folder: join(scans[0] ?? "", "cache") })))).code).toBe(
      "OUTPUT_CREATE",
    );
  });
});

describe("what a table states of a scan", () => {
  const affineRas = [
    [-1, 0, 0, 0],
    [0, -1, 0, 0],
    [0, 0, 2, 0],
    [0, 0, 0, 1],
  ] as const;
  const stored = put(
    "stored.nii",
    niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, 1).map((hu) => hu + 1024) }),
  );
  const folder = join(root, "calibrated");
  const withIntercept = async (intercept: number) =>
    await openShard(
      request({ folder, cases: [{ path: stored, calibration: { slope: 1, intercept, affineRas } }] }),
    );

  it("is part of the shard's name and of the volume's id: another scaling is other voxels", async () => {
    const first = await withIntercept(-1024);
    expect(first.receipts[0]?.steps.find(({ step }) => step === "table")).toMatchObject({ intercept: -1024 });
    const again = await withIntercept(-1024);
    expect([again.path, again.reused]).toEqual([first.path, true]);
    const other = await withIntercept(-1023);
    expect(other.path).not.toBe(first.path);
    expect(other.volumeIds).not.toEqual(first.volumeIds);
    const voxels = column(first.path, "volume").data,
      shifted = column(other.path, "volume").data;
    // One HU higher, but where the window ends.
    const steps = new Set(voxels.map((value, at) => (shifted[at] ?? 0) - value));
    expect([...steps].sort()).toEqual([0, 1]);
  });

  it("has pictures laid over the window, in a shard of their own", async () => {
    const shades = put(
      "shades.nii",
      niftiFile({
        dims: [12, 10, 8],
        dtype: "float32",
        values: Float32Array.from({ length: 960 }, (_, at) => (at % 11) / 10),
      }),
    );
    const { config } = request();
    const cases = [{ path: shades, id: "picture" }];
    const picture = await openShard(request({ folder, cases, config: { ...config, intensity: "picture" } }));
    const { data } = column(picture.path, "volume");
    expect([Math.min(...data), Math.max(...data)]).toEqual([-1000, 1000]);
    const error = await caught(() => openShard(request({ folder, cases, config })));
    expect(error.code).toBe("DATA_NOT_HU");
    expect(error.message).toContain("case picture:");
  });
});
