import { drawHistogram, type ScanHistogram } from "../../../../../ts/plots/scan/histogram.ts";
import { textsOf } from "../well-formed.ts";

const histogram: ScanHistogram = {
  low: -1200,
  high: 1600,
  shares: [0.64, 0, 0.16, 0.04],
  below: 0.012,
  above: 0.001,
  bands: [
    { name: "air", low: -1100, high: -880 },
    { name: "soft tissue", low: -130, high: 220 },
  ],
};
const barsOf = (svg: string): readonly number[] =>
  [...svg.matchAll(/height="([\d.]+)" class="bar"/g)].map(([, height]) => Number(height));

describe("the histogram of a scan", () => {
  const drawn = drawHistogram(histogram, 24, 0);

  it("has a bar for each value that stands in the scan, as high as the root of its share", () => {
    const [most = 0, ...others] = barsOf(drawn);
    expect(others.map((height) => height / most)).toEqual([expect.closeTo(0.5, 3), expect.closeTo(0.25, 3)]);
  });

  it("marks where each tissue belongs, by name and by its HU", () => {
    expect(textsOf(drawn)).toEqual(expect.arrayContaining(["air", "soft tissue", "-1,000", "0"]));
    expect(drawn).toContain("<title>air: -1100 to -880</title>");
  });

  it("says how much lies outside its axis", () => {
    expect(textsOf(drawn).at(-1)).toMatch(/^1\.2 % of the voxels lie below the axis, 0\.1 % above/);
  });

  it("leaves out a band that its axis does not reach, and bears a scan without a voxel on it", () => {
    const narrow = drawHistogram({ ...histogram, low: 0, high: 255, shares: [0, 0] }, 0, 0);
    expect(textsOf(narrow)).not.toContain("air");
    expect(barsOf(narrow)).toEqual([]);
  });
});
