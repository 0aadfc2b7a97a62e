import { requireSize, requireSlice } from "../../../../../../ts/data/phantom/truth/sizes.ts";

const codeOf = (work: () => void): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "accepted";
};

describe("requireSize", () => {
  it.each([
    [16, 24, 24],
    [16, 48, 48],
    [32, 96, 96],
    [512, 1024, 1024],
  ])("accepts %p x %p x %p", (...size) => {
    expect(
      codeOf(() => {
        requireSize(size as [number, number, number]);
      }),
    ).toBe("accepted");
  });

  it.each([
    [15, 48, 48],
    [0, 48, 48],
    [528, 48, 48],
    [16, 23, 23],
    [16, 48, 47],
    [16, 1025, 1025],
    [Number.NaN, 48, 48],
    [16, 48.5, 48.5],
  ])("refuses %p x %p x %p", (...size) => {
    expect(
      codeOf(() => {
        requireSize(size as [number, number, number]);
      }),
    ).toBe("CONFIG_INVALID");
    expect(() => {
      requireSize(size as [number, number, number]);
    }).toThrow(`[CONFIG_INVALID] phantom sizeDHW is ${size.join(" x ")}`);
  });
});

describe("requireSlice", () => {
  it("accepts a patch size that divides the slice and refuses any other, with the numbers", () => {
    expect(
      codeOf(() => {
        requireSlice([48, 48], 12);
      }),
    ).toBe("accepted");
    for (const [size, patch] of [
      [[48, 48], 11],
      [[48, 48], 0],
      [[48, 36], 12],
      [[12, 12], 4],
      [[48, 48], 2.4],
    ] as const) {
      expect(
        codeOf(() => {
          requireSlice(size, patch);
        }),
      ).toBe("CONFIG_INVALID");
      expect(() => {
        requireSlice(size, patch);
      }).toThrow(`phantom slice is ${size.join(" x ")} with patches of ${patch}`);
    }
  });
});
