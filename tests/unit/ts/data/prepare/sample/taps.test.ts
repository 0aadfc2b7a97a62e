import { resizeTaps, type Taps, tapsAt } from "../../../../../../ts/data/prepare/sample/taps.ts";

const plain = ({ low, high, part }: Taps) => ({ low: [...low], high: [...high], part: [...part] });

describe("tapsAt", () => {
  it("names the two neighbours of each position and the weight of the second, the ends repeated", () => {
    expect(plain(tapsAt(3, 6, (out) => out * 0.75 - 0.5))).toEqual({
      low: [0, 0, 1, 1, 2, 2],
      high: [1, 1, 2, 2, 2, 2],
      part: [0, 0.25, 0, 0.75, 0, 0],
    });
  });

  it("stays at the one voxel of an axis that has one", () => {
    expect(plain(tapsAt(1, 3, (out) => out))).toEqual({ low: [0, 0, 0], high: [0, 0, 0], part: [0, 0, 0] });
  });
});

describe("resizeTaps", () => {
  it("keeps half-voxel centres where an axis halves, doubles or stays", () => {
    expect(plain(resizeTaps(4, 2))).toEqual({ low: [0, 2], high: [1, 3], part: [0.5, 0.5] });
    expect(plain(resizeTaps(2, 4))).toEqual({
      low: [0, 0, 0, 1],
      high: [1, 1, 1, 1],
      part: [0, 0.25, 0.75, 0],
    });
    expect(plain(resizeTaps(3, 3))).toEqual({ low: [0, 1, 2], high: [1, 2, 2], part: [0, 0, 0] });
  });
});
