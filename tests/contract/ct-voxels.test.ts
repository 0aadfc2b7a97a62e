// Where voxels lie under their header: copies of PhantomCT, and of the real scans where they are at hand, that were
// displaced, rolled, shuffled or coarsened are told of by the rule for it, and what was left as it is by none.
import { noteMoved } from "../../ts/data/volume/hu/between/displaced.ts";
import { noteMisfits } from "../../ts/data/volume/hu/between/misfits.ts";
import { noteShuffled } from "../../ts/data/volume/hu/between/shuffled.ts";
import { noteCoarse } from "../../ts/data/volume/hu/coarse.ts";
import { huHistogram } from "../../ts/data/volume/hu/histogram.ts";
import { ReadLog } from "../../ts/data/volume/log.ts";
import { seeded } from "../support/body-voxels.ts";
import { type HuVolume, phantoms, realScans } from "../support/hu-campaign/volumes.ts";

/** Codes of the warnings that the rules between slices give. */
function told({ voxels, shapeDHW: [d, h, w] }: HuVolume): readonly string[] {
  const log = new ReadLog();
  const shape = [w, h, d] as const;
  noteMisfits(voxels, shape, log);
  noteMoved(voxels, shape, log);
  noteShuffled(voxels, shape, log);
  noteCoarse(huHistogram(voxels), log);
  return [...new Set(log.warnings.map(({ code }) => code))].toSorted();
}

type Place = readonly [x: number, y: number, z: number];

/** A copy each voxel of which is taken from elsewhere; from outside the volume comes air. */
function copy(volume: HuVolume, from: (place: Place, shape: Place) => Place): HuVolume {
  const [d, h, w] = volume.shapeDHW;
  const voxels = volume.voxels.map((_, i) => {
    const [x, y, z] = from([i % w, Math.floor(i / w) % h, Math.floor(i / (w * h))], [w, h, d]);
    const inside = x >= 0 && x < w && y >= 0 && y < h && z >= 0 && z < d;
    return inside ? (volume.voxels[(z * h + y) * w + x] ?? 0) : -1024;
  });
  return { ...volume, voxels };
}

function order(slices: number, seed: number): readonly number[] {
  const random = seeded(seed);
  return Array.from({ length: slices }, (_, z) => ({ z, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ z }) => z);
}

const shuffled = (volume: HuVolume): HuVolume => {
  const places = order(volume.shapeDHW[0], 5);
  return copy(volume, ([x, y, z]) => [x, y, places[z] ?? z]);
};
const coarse = (volume: HuVolume, step: number): HuVolume => ({
  ...volume,
  voxels: volume.voxels.map((hu) => step * Math.floor(hu / step)),
});

const drawn = phantoms(4, [[24, 64, 64]]);
const many = phantoms(60, [
  [16, 48, 48],
  [24, 96, 96],
  [48, 40, 40],
]);

describe("PhantomCT", () => {
  it.each(drawn.map((volume) => [volume.name, volume] as const))(
    "%s as it was drawn, upside down and mirrored is told of by no rule",
    (_, volume) => {
      expect(told(volume)).toEqual([]);
      expect(told(copy(volume, ([x, y, z], [, , d]) => [x, y, d - 1 - z]))).toEqual([]);
      expect(told(copy(volume, ([x, y, z], [w]) => [w - 1 - x, y, z]))).toEqual([]);
    },
  );

  it("of any plane and size is told of by no rule: 60 of them", () => {
    expect(many.flatMap((volume) => told(volume).map((code) => `${volume.name}: ${code}`))).toEqual([]);
  });

  it.each(drawn.map((volume) => [volume.name, volume] as const))(
    "%s whose upper part lies sideways is told of as displaced",
    (_, volume) => {
      const moved = copy(volume, ([x, y, z]) => (z < 9 ? [x, y, z] : [x - 5, y + 3, z]));
      expect(told(moved)).toEqual(["SLICES_DISPLACED"]);
    },
  );

  it.each([
    ["columns", ([x, y, z]: Place, [w]: Place): Place => [(x + Math.floor(w / 2)) % w, y, z]],
    ["rows", ([x, y, z]: Place, [, h]: Place): Place => [x, (y + Math.floor(h / 2)) % h, z]],
  ] as const)("rolled by half of its %s is told of as rolled", (_, from) => {
    // Of a body that is cut at both ends, as a coronal one is by its rows, nothing tells.
    for (const volume of drawn.filter(({ name }) => name.endsWith("axial")))
      expect(told(copy(volume, from))).toContain("GRID_ROLLED");
  });

  it("in steps of 8 HU and more is told of as coarse, in steps of 4 it is not", () => {
    for (const volume of drawn) {
      expect(told(coarse(volume, 4))).toEqual([]);
      for (const step of [8, 16]) expect(told(coarse(volume, step))).toEqual(["HU_COARSE"]);
    }
  });
});

describe("a real scan", () => {
  let real: readonly HuVolume[] = [];
  beforeAll(async () => {
    real = (await realScans()).filter(({ shapeDHW: [d] }) => d >= 12);
    if (real.length === 0) console.info("skipped: no real scans lie beside this checkout");
  });

  it("as it is, upside down and mirrored is told of by no rule", () => {
    for (const volume of real) {
      expect([volume.name, told(volume)]).toEqual([volume.name, []]);
      expect(told(copy(volume, ([x, y, z], [, , d]) => [x, y, d - 1 - z]))).toEqual([]);
      expect(told(copy(volume, ([x, y, z], [w]) => [w - 1 - x, y, z]))).toEqual([]);
    }
  });

  it("that was rolled, displaced, shuffled or coarsened is told of as that", () => {
    for (const volume of real.filter(({ name }) => name.startsWith("abdomen"))) {
      const [d] = volume.shapeDHW;
      const half = Math.floor(d / 2);
      const rolled = (axis: 0 | 1 | 2, share: number): HuVolume =>
        copy(volume, (place, shape) => {
          const moved: [number, number, number] = [...place];
          moved[axis] = (place[axis] + Math.floor(shape[axis] * share)) % shape[axis];
          return moved;
        });
      for (const share of [0.25, 0.5])
        for (const axis of [0, 1, 2] as const)
          expect([volume.name, axis, told(rolled(axis, share))]).toEqual([
            volume.name,
            axis,
            expect.arrayContaining(["GRID_ROLLED"]),
          ]);
      const sideways = copy(volume, ([x, y, z]) => (z < half ? [x, y, z] : [x - 7, y + 4, z]));
      expect(told(sideways)).toEqual(["SLICES_DISPLACED"]);
      expect(told(shuffled(volume))).toContain("SLICES_SHUFFLED");
      expect(told(coarse(volume, 16))).toEqual(["HU_COARSE"]);
    }
  });
});
