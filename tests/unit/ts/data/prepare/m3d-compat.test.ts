import { m3dCompat } from "../../../../../ts/data/prepare/m3d-compat.ts";
import type { Volume } from "../../../../../ts/schema/volume.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { laidVolumes } from "../../../../support/laid-volumes.ts";
import { volumeOf } from "../../../../support/volume-of.ts";

const volume = (voxels: Int16Array, shapeDHW: Volume["shapeDHW"], stackAxis: 0 | 1 | 2 = 0): Volume =>
  volumeOf(voxels, shapeDHW, { stackAxis });

describe("m3dCompat", () => {
  it("makes the same array, to the bit, of voxels that were not turned", () => {
    for (const stackAxis of [0, 1, 2] as const) {
      const scan = volume(bodyVoxels(9, 8, 7), [7, 8, 9], stackAxis);
      const wanted = m3dCompat(scan, [4, 5, 6], { low: -900, high: 300 });
      for (const { laid } of laidVolumes(scan))
        expect(m3dCompat(laid, [4, 5, 6], { low: -900, high: 300 })).toEqual(wanted);
    }
  });

  it("makes 8-bit levels, stretches them to 0..1 and crops what is not above 0", () => {
    // One bright box of 2 x 3 x 2 in air; after the turn rows and columns run the other way.
    const voxels = new Int16Array(4 * 5 * 6).fill(-1000);
    for (let d = 1; d < 3; d++)
      for (let h = 0; h < 3; h++)
        for (let w = 2; w < 4; w++) voxels[w + 6 * (h + 5 * d)] = 40 + 10 * d + h - w;
    const made = m3dCompat(volume(voxels, [4, 5, 6]), [2, 3, 2], { low: -1000, high: 1000 });
    expect(made.steps.find((step) => step.step === "crop")).toMatchObject({
      startDHW: [1, 2, 2],
      sizeDHW: [2, 3, 2],
    });
    const top = 40 + 20 + 2 - 2;
    const level = (hu: number): number => Math.round((255 * (hu + 1000)) / 2000);
    const wanted: number[] = [];
    for (let d = 1; d < 3; d++)
      for (let h = 2; h >= 0; h--)
        for (let w = 3; w >= 2; w--) wanted.push(level(40 + 10 * d + h - w) / level(top));
    made.voxels.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 6);
    });
  });

  it("has M3D's size by default and stays within 0..1", () => {
    const { voxels, shapeDHW } = m3dCompat(
      volume(
        Int16Array.from({ length: 6 * 8 * 10 }, (_, i) => ((i * 37) % 1500) - 1000),
        [6, 8, 10],
      ),
    );
    expect(shapeDHW).toEqual([32, 256, 256]);
    expect(voxels).toHaveLength(32 * 256 * 256);
    expect(voxels.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("grows linearly between voxel centres, edges repeated", () => {
    const made = m3dCompat(volume(Int16Array.of(255, 100, 1), [1, 1, 3]), [1, 1, 6], { low: 0, high: 255 });
    // Turned: 1, 100, 255; min-max takes 1 to 0, so the crop drops it.
    const wanted = [99, 99 + 155 / 6, 99 + 155 / 3, 99 + 155 / 1.5, 254 - 155 / 6, 254];
    expect(made.voxels).toHaveLength(6);
    expect(made.voxels[0]).toBeCloseTo(99 / 254, 6);
    expect(made.voxels[5]).toBeCloseTo(1, 6);
    expect((wanted[0] ?? 0) / 254).toBeCloseTo(made.voxels[0] ?? Number.NaN, 6);
  });

  it("stacks as acquired and keeps an image without foreground whole", () => {
    expect(
      m3dCompat(
        volume(
          new Int16Array(24).map((_, i) => i),
          [2, 3, 4],
          1,
        ),
        [1, 1, 1],
      ).steps.find((step) => step.step === "turn"),
    ).toMatchObject({ stackAxis: "H", view: "coronal" });
    const flat = m3dCompat(volume(new Int16Array(8).fill(5), [2, 2, 2]), [2, 2, 2], { low: 0, high: 10 });
    expect(flat.steps.find((step) => step.step === "crop")).toMatchObject({ sizeDHW: [2, 2, 2] });
    expect([...flat.voxels]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
