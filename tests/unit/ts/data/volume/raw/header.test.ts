import { headerError, numbersIn, volumeShape, wholeIn } from "../../../../../../ts/data/volume/raw/header.ts";
import { caught } from "../../../../../support/caught.ts";

describe("numbersIn", () => {
  it("reads plain decimals, apart by any spaces", () => {
    expect(numbersIn("f", " 1 -2.5\t.5  +1e-3 7. ")).toEqual([1, -2.5, 0.5, 0.001, 7]);
    expect(numbersIn("f", "")).toEqual([]);
  });

  it.each(["1 nan", "inf", "0x10", "1,5", "1e999", "CANARY", "1 2", "1\u00a0", "\u00a01"])(
    "refuses %j where one is asked for, and shows nothing of it",
    async (text) => {
      const error = await caught(() => numbersIn("DimSize", text, 1));
      expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringContaining("DimSize")]);
      expect(error.message).not.toContain("CANARY");
    },
  );
});

it("is refused at once for a mebibyte of digits that is no number", async () => {
  const long = `${"1".repeat(2 ** 20)}x`;
  expect((await caught(() => numbersIn("DimSize", long))).code).toBe("DATA_HEADER");
});

describe("wholeIn", () => {
  it("takes whole numbers alone", async () => {
    expect(wholeIn("f", "-1")).toBe(-1);
    for (const text of ["1.5", "", "1 2", "1e300"])
      expect((await caught(() => wholeIn("f", text))).code).toBe("DATA_HEADER");
  });
});

describe("volumeShape", () => {
  it("is of three axes, or of more with one value", () => {
    expect(volumeShape("f", [4, 5, 6])).toEqual([4, 5, 6]);
    expect(volumeShape("f", [4, 5, 6, 1, 1])).toEqual([4, 5, 6]);
  });

  it.each([
    [[4, 5], "DATA_UNSUPPORTED", /a picture/],
    [[4, 5, 6, 2], "DATA_UNSUPPORTED", /more than one volume/],
    [[4, 0, 6], "DATA_HEADER", /not a positive size/],
    [[4, 5, 1.5], "DATA_HEADER", /not a positive size/],
    [[4, 5, -6], "DATA_HEADER", /not a positive size/],
  ])("is refused of %j", async (sizes, code, what) => {
    const error = await caught(() => volumeShape("sizes", sizes));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
  });

  it("is told with the numbers alone", () => {
    expect(headerError("it is wrong", { dims: 2 })).toMatchObject({
      code: "DATA_HEADER",
      details: { dims: 2 },
    });
  });
});
