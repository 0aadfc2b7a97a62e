import fc from "fast-check";
import {
  noteBeat,
  refuseApart,
  sampledSlices,
} from "../../../../../../../ts/data/volume/hu/between/neighbours.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";
import { caught } from "../../../../../../support/caught.ts";

const [nx, ny, nz] = [24, 20, 12];
const plane = nx * ny;
const body = bodyVoxels(nx, ny, nz);
const moved = (offsets: Readonly<Record<number, number>>, voxels = body): Int16Array =>
  voxels.map((hu, i) => hu + (offsets[Math.floor(i / plane)] ?? 0));

describe("sampledSlices", () => {
  it("takes about a thousand voxels of each slice, evenly, and all of a small one", () => {
    const large = Float32Array.from({ length: 3 * 4096 }, (_, at) => at + 0.5);
    const slices = sampledSlices(large, 4096);
    expect(slices).toHaveLength(3);
    expect([...(slices[1] ?? [])]).toEqual(Array.from({ length: 1024 }, (_, at) => 4096 + 4 * at + 0.5));
    expect(sampledSlices(body, plane).map((slice) => [...slice])).toEqual(
      Array.from({ length: nz }, (_, z) => [...body.subarray(z * plane, (z + 1) * plane)]),
    );
  });

  it("tells the judges what they would have taken themselves", async () => {
    const scaled = moved({ 4: 1024 });
    const [given, own] = await Promise.all([
      caught(() => refuseApart(scaled, plane, sampledSlices(scaled, plane))),
      caught(() => refuseApart(scaled, plane)),
    ]);
    expect(given.message).toBe(own.message);
  });
});

describe("refuseApart", () => {
  it("names slices off by one number, alone, in a block and at an end, with the offset", async () => {
    const error = await caught(() => refuseApart(moved({ 4: 1024, 5: 1024, 9: 1024 }), plane));
    expect([error.code, error.details]).toMatchObject([
      "DATA_NOT_HU",
      { cause: "slices-apart", slices: [5, 6, 10], of: 12, min: expect.any(Number) },
    ]);
    expect(error.message).toMatch(
      /3 of 12 slices .* of slices 5, 6, 10 along the stack lies about 10[12]\d(\.\d)? HU too high/,
    );
    const end = await caught(() => refuseApart(moved({ 0: -300, 1: -300 }), plane));
    expect(end.details).toMatchObject({ slices: [1, 2] });
    expect(end.message).toContain("too low");
  });

  it("names slices on another scale, with the factor", async () => {
    const scaled = body.map((hu, i) => ([4, 5, 9].includes(Math.floor(i / plane)) ? 2 * hu + 1024 : hu));
    const error = await caught(() => refuseApart(scaled, plane));
    expect(error.details).toMatchObject({ cause: "slices-apart", of: 12, scale: expect.closeTo(2, 1) });
    expect(error.message).toMatch(
      /those of slice 5 of 12 are spread about (2|1\.9\d*|2\.0\d*) times as far as those of slice 4/,
    );
  });

  it("lets every body pass, whatever its seed, noise and where it ends", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 0, max: 40 }), (seed, noise) => {
        expect(() => refuseApart(bodyVoxels(nx, ny, 8, seed, noise), plane)).not.toThrow();
      }),
      { numRuns: 10, seed: 4 },
    );
  });

  it("takes the end of an object in air, and a slice of padding alone, for no other scale", () => {
    const phantom = Int16Array.from(
      { length: plane * 6 },
      (_, i) => (Math.floor(i / plane) < 3 && i % nx < 22 ? 0 : -1000) + (i % 7),
    );
    expect(() => refuseApart(phantom, plane)).not.toThrow();
    expect(() =>
      refuseApart(
        body.map((hu, i) => (i < plane ? -2000 : hu)),
        plane,
      ),
    ).not.toThrow();
  });

  it("judges no single slice and no tiny ones", () => {
    expect(() => refuseApart(body.subarray(0, plane), plane)).not.toThrow();
    expect(() => refuseApart(Int16Array.of(0, 1000, 0, 1000), 1)).not.toThrow();
  });
});

describe("noteBeat", () => {
  const told = (voxels: Int16Array): readonly string[] => {
    const log = new ReadLog();
    noteBeat(sampledSlices(voxels, plane), plane, log);
    return log.warnings.map(({ code }) => code);
  };

  it("tells of two phases that interleave, though no header says so", () => {
    const phases = bodyVoxels(nx, ny, 24).map((hu, i) =>
      Math.floor(i / plane) % 2 === 1 && hu > 0 ? hu + 120 : hu,
    );
    expect(told(phases)).toEqual(["SLICES_BEAT"]);
  });

  it("says nothing of a body, of one in noise, and of few slices", () => {
    for (const noise of [0, 8, 40]) expect(told(bodyVoxels(nx, ny, 24, 3, noise))).toEqual([]);
    expect(told(bodyVoxels(nx, ny, 4))).toEqual([]);
  });
});
