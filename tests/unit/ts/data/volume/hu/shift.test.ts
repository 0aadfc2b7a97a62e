import fc from "fast-check";
import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { refuseByShift } from "../../../../../../ts/data/volume/hu/shift.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const body = bodyVoxels(48, 40, 12);
const judge = (voxels: Int16Array): void => refuseByShift(huHistogram(voxels));

describe("refuseByShift", () => {
  it.each([
    [-1024, 1024, "rescaled-twice", "the intercept of -1024 was applied twice"],
    [1024, -1024, "unscaled", "RescaleIntercept -1024 is missing"],
    [-8192, 8192, "intercept-8192", "an intercept of -8192 was applied to values that were HU already"],
    [-7168, 7168, "intercept-8192", "an intercept of -8192 was applied where -1024 belongs"],
  ])("names a scan that is %d off, and what to add", async (off, addHu, cause, why) => {
    const error = await caught(() => judge(body.map((hu) => Math.max(-32768, hu + off))));
    expect([error.code, error.exitCode]).toEqual(["DATA_NOT_HU", 65]);
    expect(error.details).toMatchObject({ cause, addHu });
    expect(error.message).toContain(why);
    expect(error.hint).toContain(`Adding ${addHu} to every voxel would put air at -`);
  });

  it("finds 1000 where 1024 would leave tissue out of place", async () => {
    const error = await caught(() => judge(body.map((hu) => hu - 1000)));
    expect([error.details.cause, error.details.addHu]).toEqual(["rescaled-twice", 1000]);
    const unscaled = await caught(() => judge(body.map((hu) => hu + 1000)));
    expect([unscaled.details.cause, unscaled.details.addHu]).toEqual(["unscaled", -1000]);
    expect([unscaled.message, unscaled.hint].join()).not.toContain("-1024");
  });

  it("lets every body in HU pass, whatever its noise", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2, max: 30 }), (seed, noise) => {
        expect(() => judge(bodyVoxels(24, 20, 6, seed, noise))).not.toThrow();
      }),
      { numRuns: 12, seed: 3 },
    );
  });

  it("does not call a scan unscaled that holds fat and lung below zero", () => {
    // Contrast medium at 1050 HU beside water: shifted by -1024 they would look like soft tissue and air.
    const crop = Int16Array.from({ length: 9000 }, (_, i) =>
      i % 3 === 0 ? 1050 + (i % 40) : i % 50 === 1 ? -120 + (i % 40) : 20 + (i % 40),
    );
    expect(() => judge(crop)).not.toThrow();
    const withoutFat = crop.map((hu) => (hu < 0 ? 30 : hu));
    expect(() => judge(withoutFat)).toThrow(expect.objectContaining({ code: "DATA_NOT_HU" }));
  });
});
