// Tensors through the real worker: as a shard, through a region, inline; and what is refused there, as it
// arrives here.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RegionRing } from "../../ts/bench/region-ring.ts";
import { openRegions } from "../../ts/bench/region-ring.ts";
import { writeRow } from "../../ts/data/cache/row-file.ts";
import type { FileRegion, TensorRef } from "../../ts/schema/index.ts";
import type { Receipt } from "../../ts/schema/volume.ts";
import { crc32, encodeTensors, piecesBytes } from "../../ts/tensor/index.ts";
import type { WorkerClient, WorkerPool } from "../../ts/worker/index.ts";
import { createRuntimeDir, removeRuntimeDir, startWorkers } from "../../ts/worker/index.ts";
import { columnOf } from "../support/tensors.ts";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
const MiB = 2 ** 20;
const facts = [
  { name: "volume", dtype: "int16", rows: 2, shape: [4, 32, 32] },
  { name: "patchLabels", dtype: "int16", rows: 2, shape: [4, 2, 2] },
];
const pieces = encodeTensors([
  columnOf(
    "volume",
    "int16",
    2,
    [4, 32, 32],
    Uint8Array.from({ length: 16_384 }, (_, index) => index % 251),
  ),
  columnOf("patchLabels", "int16", 2, [4, 2, 2], new Uint8Array(64)),
]);

let folder: string, runtimeDir: string, pool: WorkerPool, worker: WorkerClient, ring: RegionRing;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-tensor-"));
  runtimeDir = createRuntimeDir();
  mkdirSync(join(folder, "cache"));
  const offer = await openRegions({ root: "regions", regions: 2, regionBytes: MiB, base: folder });
  if (offer.ring === undefined) throw new Error(offer.reason);
  ring = offer.ring;
  pool = await startWorkers({
    packageRoot,
    ranks: 1,
    device: "cpu",
    runtimeDir,
    logFile: join(folder, "worker.log"),
    runId: "tensor",
    attempt: 0,
    threads: 1,
    roots: [ring.root, { name: "cache", path: join(folder, "cache"), writable: false }],
  });
  const [rank] = pool.ranks;
  if (rank === undefined) throw new Error("no rank");
  worker = rank;
});

afterAll(async () => {
  await pool?.stop();
  await ring?.close();
  removeRuntimeDir(runtimeDir);
  rmSync(folder, { recursive: true, force: true });
});

/** Writes the Arrow file as a shard and names it. */
function shard(path: string, change: Partial<FileRegion> = {}): TensorRef {
  writeFileSync(join(folder, "cache", path), Buffer.concat(pieces));
  return {
    kind: "region",
    region: {
      root: "cache",
      path,
      offsetBytes: 0,
      lengthBytes: piecesBytes(pieces),
      crc32: crc32(pieces),
      generation: 0,
      ...change,
    },
  };
}

async function refusal(tensor: TensorRef): Promise<unknown> {
  try {
    return await worker.openTensor(tensor);
  } catch (error) {
    return error;
  }
}

describe("a tensor reaches the worker", () => {
  it("as a cache shard, by reference, and again from the mapping that is kept", async () => {
    const tensor = shard("a.arrow");
    expect([await worker.openTensor(tensor), await worker.openTensor(tensor)]).toEqual([facts, facts]);
    expect([await worker.dropTensor(tensor), await worker.dropTensor(tensor)]).toEqual([true, false]);
  });

  it("as a row of the project's cache, whose record stands behind its tensors", async () => {
    const path = join(folder, "cache", "ab", "row.arrow");
    const voxels = Int16Array.from({ length: 4 * 32 * 32 }, (_, index) => (index % 4000) - 1000);
    const patches = { shape: [4, 2, 2] as const, labels: new Int16Array(16).fill(-1) };
    const receipt = { format: "nifti", sourceDigest: "a", sourceOrientation: "LPS" } as unknown as Receipt;
    const { lengthBytes, crc32: sum } = await writeRow(
      path,
      { voxels, patches, receipt, warnings: [] },
      { shape: [4, 32, 32] },
    );
    const region = {
      root: "cache",
      path: "ab/row.arrow",
      offsetBytes: 0,
      lengthBytes,
      crc32: sum,
      generation: 0,
    };
    const opened = await worker.openTensor({ kind: "region", region });
    expect(opened).toEqual(facts.map((fact) => ({ ...fact, rows: 1 })));
  });

  it("through regions that are written again and again", async () => {
    for (let value = 0; value < 6; value += 1) {
      const other = encodeTensors([
        columnOf("volume", "uint8", 1, [1000 * value + 1], new Uint8Array(1000 * value + 1).fill(value)),
      ]);
      const lease = await ring.write(other);
      expect(await worker.openTensor(lease.tensor)).toEqual([
        { name: "volume", dtype: "uint8", rows: 1, shape: [1000 * value + 1] },
      ]);
      lease.release();
    }
  });

  it("inline, in many chunks, where no file is: what arrives is what was sent, by its checksum", async () => {
    const bytes = new Uint8Array(9 * MiB + 12_345);
    for (let index = 0; index < bytes.length; index += 4) bytes[index] = (index * 7919) >>> 11;
    for (const uploadId of ["large-1", "large-2"]) {
      await worker.putTensor(
        uploadId,
        encodeTensors([columnOf("volume", "uint8", 1, [bytes.length], bytes)]),
      );
      const tensor: TensorRef = { kind: "uploaded", uploadId };
      expect(await worker.openTensor(tensor)).toEqual([
        { name: "volume", dtype: "uint8", rows: 1, shape: [bytes.length] },
      ]);
      expect(await worker.dropTensor(tensor)).toBe(true);
      expect(await refusal(tensor)).toMatchObject({
        code: "WIRE_INVALID",
        message: `[WIRE_INVALID] no finished upload "${uploadId}"`,
      });
    }
  });
});

describe("the worker refuses, and the error arrives typed:", () => {
  it("a shard whose bytes changed", async () => {
    const tensor = shard("b.arrow", { crc32: 1 });
    expect(await refusal(tensor)).toMatchObject({
      code: "DATA_SHARD_CHECKSUM",
      message: expect.stringContaining("announced was 0x00000001"),
      details: { expected: 1, found: crc32(pieces) },
      hint: expect.stringMatching(/\S/),
    });
  });

  it("a region that was written again before the worker was done", async () => {
    const lease = await ring.write(pieces);
    lease.release();
    const others = [
      await ring.write(pieces.map((piece) => piece.slice(0).fill(7))),
      await ring.write(pieces.map((piece) => piece.slice(0).fill(8))),
    ];
    expect(await refusal(lease.tensor)).toMatchObject({ code: "WIRE_CHECKSUM", exitCode: 69 });
    for (const other of others) other.release();
  });

  it.each<readonly [string, Partial<FileRegion>, string, string]>([
    ["a root that was not agreed", { root: "home" }, "WIRE_ROOT", 'root "home" was not agreed'],
    ["a path that leaves the root", { path: "../c.arrow" }, "WIRE_ROOT", '".."'],
    ["a file that is not there", { path: "gone.arrow" }, "PATH_NOT_FOUND", "gone.arrow does not exist"],
    ["a region past the end", { lengthBytes: 10_000_000 }, "DATA_TRUNCATED", "ends at byte 10000000"],
    [
      "an offset that is no multiple of 64",
      { offsetBytes: 8, lengthBytes: 64 },
      "WIRE_INVALID",
      "not at a multiple of 64",
    ],
    ["a region above the cap", { lengthBytes: 2 ** 31 }, "WIRE_TOO_LARGE", "the cap is 1073741824"],
  ])("%s", async (_what, change, code, message) => {
    expect(await refusal(shard("c.arrow", change))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it("a symlink out of the root", async () => {
    copyFileSync(
      fileURLToPath(new URL("../fixtures/wire/no-rows.arrow", import.meta.url)),
      join(folder, "outside.arrow"),
    );
    const tensor = shard("d.arrow");
    symlinkSync(join(folder, "outside.arrow"), join(folder, "cache", "link.arrow"));
    expect(
      await refusal(
        tensor.kind === "region"
          ? { kind: "region", region: { ...tensor.region, path: "link.arrow" } }
          : tensor,
      ),
    ).toMatchObject({ code: "WIRE_ROOT", message: expect.stringContaining("symlink") });
  });

  it("bytes that are no tensor file, though their checksum is right", async () => {
    const bytes = Buffer.concat(pieces);
    bytes.writeInt32LE(0x7fff_fff0, 12);
    writeFileSync(join(folder, "cache", "e.arrow"), bytes);
    const region = {
      root: "cache",
      path: "e.arrow",
      offsetBytes: 0,
      lengthBytes: bytes.byteLength,
      crc32: crc32([bytes]),
      generation: 0,
    };
    expect(await refusal({ kind: "region", region })).toMatchObject({
      code: "DATA_SHARD_SCHEMA",
      message: expect.stringContaining("the schema message announces"),
    });
    expect((await worker.health()).state).toBe("idle");
  });
});
