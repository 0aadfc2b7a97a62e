import { huHistogram } from "../../../../../../../ts/data/volume/hu/histogram.ts";
import { pilesWithin } from "../../../../../../../ts/data/volume/hu/peaks/piles.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";

const body = bodyVoxels(48, 40, 12);
const said = (change: (hu: number, at: number) => number): readonly string[] =>
  pilesWithin(huHistogram(body.map(change)));

describe("pilesWithin", () => {
  it.each([0, 500])("tells of padding of %d HU with its share", (value) => {
    const reasons = said((hu, at) => (at % 48 < 6 ? value : hu));
    expect(reasons).toEqual([expect.stringContaining(`12.5 % of the voxels are exactly ${value}`)]);
  });

  it("says nothing of a body, of clipping at either end, and of padding below air", () => {
    expect(said((hu) => hu)).toEqual([]);
    expect(said((hu) => Math.min(50, Math.max(-1000, hu)))).toEqual([]);
    expect(said((hu, at) => (at % 48 < 6 ? -3024 : hu))).toEqual([]);
  });
});
