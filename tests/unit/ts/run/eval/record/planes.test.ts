import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planesOf, planesOfCases } from "../../../../../../ts/run/eval/record/planes.ts";
import type { BatchVolume } from "../../../../../../ts/schema/batch.ts";
import { encodeTensors } from "../../../../../../ts/tensor/index.ts";
import { freshFolder } from "../../fixtures.ts";

const shape = [4, 6, 8] as const;
const size = 4 * 6 * 8;

/** A volume of air with one bright voxel. */
function volumeWith(d: number, h: number, w: number): Int16Array {
  const voxels = new Int16Array(size).fill(-1000);
  voxels[(d * 6 + h) * 8 + w] = 1000;
  return voxels;
}

/** Where a plane is white, as [from the left, from the top]. */
function bright(voxels: Int16Array, name: string): readonly (readonly [number, number])[] {
  const grey = planesOf(voxels, shape, true).find((plane) => plane.name === name)?.grey;
  return [...(grey?.pixels ?? [])].flatMap((value, at) =>
    value === 255 ? [[at % (grey?.width ?? 1), Math.floor(at / (grey?.width ?? 1))] as const] : [],
  );
}

describe("planes through the middle of a scan", () => {
  it("have the sizes of the grid", () => {
    expect(
      planesOf(volumeWith(0, 0, 0), shape, true).map(({ name, grey }) => [name, grey.width, grey.height]),
    ).toEqual([
      ["axial", 8, 6],
      ["coronal", 8, 4],
      ["sagittal", 6, 4],
    ]);
  });

  it("have the patient's right on the left, and the front at the top of the axial one", () => {
    // Column 0 is the patient's right, row 0 the front: as the model is fed it.
    expect(bright(volumeWith(2, 0, 0), "axial")).toEqual([[0, 0]]);
    expect(bright(volumeWith(2, 5, 7), "axial")).toEqual([[7, 5]]);
  });

  it("have the head at the top of the other two, and the front on the left of the sagittal one", () => {
    expect(bright(volumeWith(3, 3, 0), "coronal")).toEqual([[0, 0]]);
    expect(bright(volumeWith(3, 0, 4), "sagittal")).toEqual([[0, 0]]);
    expect(bright(volumeWith(0, 5, 4), "sagittal")).toEqual([[5, 3]]);
  });

  it("are named by no direction of the patient where the slices are not axial", () => {
    const planes = planesOf(volumeWith(2, 0, 0), shape, false);
    expect(planes.map(({ name }) => name)).toEqual(["slice", "across rows", "across columns"]);
    expect(planes[0]?.grey.pixels[0]).toBe(255);
  });

  it("show what lies in them alone", () => {
    for (const name of ["axial", "coronal", "sagittal"])
      expect(bright(volumeWith(0, 1, 1), name)).toEqual([]);
  });

  it("are black below the window, white above it, and even between", () => {
    const grey = (hu: number): number | undefined =>
      planesOf(new Int16Array(size).fill(hu), shape, true)[0]?.grey.pixels[0];
    expect([grey(-1000), grey(-200), grey(50), grey(300), grey(3000)]).toEqual([0, 0, 128, 255, 255]);
  });
});

describe("planes of cases", () => {
  const cacheDir = freshFolder();
  const volume = (path: string, row: number): BatchVolume => ({
    volumeId: `${path}/${row}`,
    slot: 0,
    tensor: {
      kind: "region",
      region: { root: "cache", path, offsetBytes: 0, lengthBytes: 1, crc32: 0, generation: 0 },
    },
    row,
    facts: {},
    hasPatchLabels: false,
    hasCaption: false,
    words: [],
    change: { mirrored: false, turnedDegrees: 0, gain: 1, shiftHu: 0 },
  });

  beforeAll(() => {
    const data = new Int16Array(2 * size);
    data.set(volumeWith(2, 5, 7), 0);
    data.set(volumeWith(2, 0, 0), size);
    const pieces = encodeTensors([
      { name: "volume", dtype: "int16", rows: 2, shape: [...shape], dimNames: ["d", "h", "w"], data },
    ]);
    mkdirSync(cacheDir, { recursive: true });
    writeFileSync(join(cacheDir, "shard.arrow"), Buffer.concat(pieces));
  });

  it("are read from the row of the cache that each is", async () => {
    const cases = [0, 1].map((row) => ({ id: `c${row}`, volume: volume("shard.arrow", row), isAxial: true }));
    const found = await planesOfCases(cases, { cacheDir, sizeDHW: shape });
    expect(found.get("c0")?.[0]?.grey.pixels.at(-1)).toBe(255);
    expect(found.get("c1")?.[0]?.grey.pixels[0]).toBe(255);
  });

  it("are none of a case whose shard is gone", async () => {
    const cases = [{ id: "gone", volume: volume("gone.arrow", 0), isAxial: true }];
    expect((await planesOfCases(cases, { cacheDir, sizeDHW: shape })).size).toBe(0);
  });
});
