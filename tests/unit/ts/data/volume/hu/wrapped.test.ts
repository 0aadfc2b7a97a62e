import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { refuseWrapped } from "../../../../../../ts/data/volume/hu/wrapped.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const body = bodyVoxels(40, 32, 10);
const judge = (voxels: Int16Array | Float32Array): void => refuseWrapped(voxels, huHistogram(voxels));

describe("refuseWrapped", () => {
  it.each<[string, Int16Array | Float32Array, string, string, number | undefined]>([
    [
      "negative HU cast to uint16",
      Float32Array.from(body, (hu) => (hu < 0 ? hu + 65536 : hu)),
      "wrapped round when they were cast to unsigned 16-bit",
      "Subtract 65536 from every voxel above 32767",
      undefined,
    ],
    [
      "32768 added",
      Float32Array.from(body, (hu) => hu + 32768),
      "32768 was added, as ImageJ",
      "Subtract 32768 from every voxel",
      -32768,
    ],
    [
      "32768 added in 16 bits",
      body.map((hu) => hu ^ 0x8000),
      "32768 was added and the sum wrapped round",
      "Add 32768 to every voxel below 0",
      undefined,
    ],
  ])("names %s and its inverse", async (_, voxels, why, inverse, addHu) => {
    const error = await caught(() => judge(voxels));
    expect([error.code, error.details.cause, error.details.addHu]).toEqual(["DATA_NOT_HU", "wrapped", addHu]);
    expect(error.message).toContain(why);
    expect(error.hint).toContain(inverse);
    expect(error.hint).toMatch(/air at -(99|100)\d(\.\d+)? and soft tissue at [345]\d/);
  });

  it("lets HU pass, with one voxel of 32767 too, and values that no wrap explains", () => {
    expect(() => judge(body)).not.toThrow();
    const metal = Int16Array.from(body);
    metal[7] = 32767;
    expect(() => judge(metal)).not.toThrow();
    expect(() => judge(Float32Array.from(body, (hu) => 40 * (hu + 1000)))).not.toThrow();
  });
});
