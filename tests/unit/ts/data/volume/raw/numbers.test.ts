import { bytesOf, type NumberType, numbersOf } from "../../../../../../ts/data/volume/raw/numbers.ts";
import { numberBytes } from "../../../../../support/stored-body.ts";

const samples: { readonly [T in NumberType]: readonly number[] } = {
  uint8: [0, 1, 255],
  int8: [-128, -1, 127],
  uint16: [0, 256, 65_535],
  int16: [-32_768, -2, 32_767],
  uint32: [0, 65_536, 4_294_967_295],
  int32: [-2_147_483_648, -3, 2_147_483_647],
  float32: [-1.5, 0.25, 2 ** 100],
  float64: [-1.5, Math.PI, 1e300],
};

describe("numbersOf", () => {
  it.each(Object.entries(samples))("reads %s in both byte orders, aligned or not", (name, values) => {
    const type = name as NumberType;
    for (const littleEndian of [true, false])
      for (const offset of [0, 1, 3]) {
        const bytes = Buffer.from(new ArrayBuffer(offset + values.length * bytesOf[type])).subarray(offset);
        bytes.set(numberBytes(values, type, littleEndian));
        const numbers = numbersOf(bytes, type, littleEndian);
        expect([...numbers]).toEqual(values);
        expect(numbers.constructor.name.toLowerCase()).toBe(`${type}array`);
      }
  });

  it("copies nothing that is aligned", () => {
    const bytes = Buffer.from(new ArrayBuffer(8));
    expect(numbersOf(bytes, "int16", true).buffer).toBe(bytes.buffer);
  });
});
