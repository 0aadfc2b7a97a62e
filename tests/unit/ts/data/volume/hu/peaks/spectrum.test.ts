import { spectrum } from "../../../../../../../ts/data/volume/hu/peaks/spectrum.ts";
import { seeded } from "../../../../../../support/body-voxels.ts";

/** Size of one wave by its definition, in a sum over all places. */
function wave(values: Float64Array, cycles: number): number {
  let [real, imaginary] = [0, 0];
  values.forEach((value, at) => {
    real += value * Math.cos(2 * Math.PI * cycles * at);
    imaginary += value * Math.sin(2 * Math.PI * cycles * at);
  });
  return Math.hypot(real, imaginary);
}

describe("spectrum", () => {
  it.each([
    [1, 2],
    [5, 8],
    [64, 64],
    [700, 1024],
  ])(
    "of %d values in a transform of %d holds each wave's size by definition, to 1e-9 of their sum",
    (count, length) => {
      const random = seeded(count);
      const values = Float64Array.from({ length: count }, () => Math.floor(1000 * random()));
      const sum = values.reduce((total, value) => total + value, 0);
      const sizes = spectrum(values, length);
      expect(sizes).toHaveLength(length / 2 + 1);
      sizes.forEach((size, at) => {
        expect(Math.abs(size - wave(values, at / length))).toBeLessThan(1e-9 * sum);
      });
    },
  );
});
