import { Fields, layouts } from "../../../../../../ts/data/volume/nifti/layout.ts";

/** Bytes of a header with one number written by Node's own methods. */
const header = (write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(540);
  write(bytes);
  return bytes;
};

describe("the fields of a NIfTI-1 header", () => {
  const { 1: layout } = layouts;

  it("are 16-bit integers and 32-bit floats at the standard's places, in either byte order", () => {
    const little = header((bytes) => {
      bytes.writeInt16LE(-3, 42);
      bytes.writeInt16LE(4, 70);
      bytes.writeFloatLE(352, 108);
      bytes.writeFloatLE(0.5, 76 + 12);
      bytes.writeInt16LE(2, 254);
      bytes[123] = 0b0001_0010;
    });
    const fields = new Fields(little, true, false);
    expect(fields.dim(1, layout)).toBe(-3);
    expect(fields.int16(layout.datatype)).toBe(4);
    expect(fields.voxOffset(layout)).toBe(352);
    expect(fields.real(layout.pixdim, 3)).toBe(0.5);
    expect(fields.code(layout.sformCode)).toBe(2);
    expect(fields.unit(layout.units)).toBe(2);
    const big = header((bytes) => bytes.writeInt16BE(-3, 42));
    expect(new Fields(big, false, false).dim(1, layout)).toBe(-3);
  });

  it("are read where the bytes begin, not where their buffer does", () => {
    const shifted = Buffer.concat([Buffer.alloc(7), header((bytes) => bytes.writeInt16LE(9, 42))]).subarray(
      7,
    );
    expect(new Fields(shifted, true, false).dim(1, layout)).toBe(9);
  });
});

describe("the fields of a NIfTI-2 header", () => {
  const { 2: layout } = layouts;

  it("are 64-bit sizes, doubles and 32-bit codes", () => {
    const bytes = header((whole) => {
      whole.writeBigInt64LE(2n ** 40n, 16 + 8);
      whole.writeBigInt64LE(544n, 168);
      whole.writeDoubleLE(1 / 3, 176);
      whole.writeInt32LE(-70_000, 344);
      whole.writeInt32LE(0b1010, 500);
    });
    const fields = new Fields(bytes, true, true);
    expect(fields.dim(1, layout)).toBe(2 ** 40);
    expect(fields.voxOffset(layout)).toBe(544);
    expect(fields.real(layout.slope)).toBe(1 / 3);
    expect(fields.code(layout.qformCode)).toBe(-70_000);
    expect(fields.unit(layout.units)).toBe(2);
    const big = header((whole) => whole.writeDoubleBE(1 / 3, 176));
    expect(new Fields(big, false, true).real(layout.slope)).toBe(1 / 3);
  });
});

describe("both layouts", () => {
  it("keep every field inside the header", () => {
    for (const layout of Object.values(layouts)) {
      const { size, ...places } = layout;
      expect(Math.max(...Object.values(places))).toBeLessThan(size);
    }
  });

  it("leave room for the twelve numbers of the sform and the six of the quaternion", () => {
    expect(layouts[1].sform - layouts[1].quaternion).toBe(6 * 4);
    expect(layouts[2].sform - layouts[2].quaternion).toBe(6 * 8);
    expect(layouts[1].sform + 12 * 4).toBeLessThanOrEqual(layouts[1].magic);
    expect(layouts[2].sform + 12 * 8).toBeLessThanOrEqual(layouts[2].units);
  });
});
