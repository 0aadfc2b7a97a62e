import { lookAt } from "../../../../../../ts/data/volume/look/look.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";

const shapeDHW = [6, 12, 16] as const;
const grid = { shapeDHW, spacingMmDHW: [4, 3, 2] as const };

describe("a look at a volume", () => {
  it("has three planes, and the marks that the gate looks for around their peaks", () => {
    const { planes, bands, histograms } = lookAt({ ...grid, voxels: bodyVoxels(16, 12, 6) });
    expect(planes.map(({ name }) => name)).toEqual(["axial", "coronal", "sagittal"]);
    expect(bands.map(({ name }) => name)).toEqual(["air", "fat", "soft tissue"]);
    const { low, high, shares } = histograms.hu;
    const shareIn = (from: number, to: number): number =>
      shares.reduce((sum, share, bin) => {
        const centre = low + ((bin + 0.5) * (high - low)) / shares.length;
        return centre >= from && centre < to ? sum + share : sum;
      }, 0);
    // The body's air, at -1000, and its soft tissue, at 40 and 55.
    expect(shareIn(bands[0]?.low ?? 0, bands[0]?.high ?? 0)).toBeGreaterThan(0.3);
    expect(shareIn(bands[2]?.low ?? 0, bands[2]?.high ?? 0)).toBeGreaterThan(0.15);
  });

  it("of values that are no HU spans them and the marks, and shows all but their ends", () => {
    const voxels = Float32Array.from({ length: 6 * 12 * 16 }, (_, at) => 5000 + at);
    const { histograms, windows } = lookAt({ ...grid, voxels });
    expect([histograms.whole.below, histograms.whole.above]).toEqual([0, 0]);
    expect(histograms.whole.low).toBe(-1200);
    expect(histograms.whole.high).toBe(5000 + 6 * 12 * 16 - 1);
    expect(windows.whole).toEqual({ low: 5011, high: 6140 });
  });

  it("of one value has a window that something can be divided by", () => {
    const { windows } = lookAt({ ...grid, voxels: new Float32Array(6 * 12 * 16) });
    expect(windows.whole.high).toBeGreaterThan(windows.whole.low);
  });
});
