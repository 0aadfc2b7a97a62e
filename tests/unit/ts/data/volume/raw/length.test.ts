import { bytesBehind, checkSize } from "../../../../../../ts/data/volume/raw/length.ts";
import { caught } from "../../../../../support/caught.ts";

describe("bytesBehind", () => {
  it("counts what is left over, and takes what fits", () => {
    expect(bytesBehind(1000, 1000, 200, "it")).toBe(0);
    expect(bytesBehind(1199, 1000, 200, "it")).toBe(199);
    // Planes of a few bytes are no pictures.
    expect(bytesBehind(1127, 1000, 8, "it")).toBe(127);
  });

  it("refuses too few, a slice more and 1 MiB more, with both numbers", async () => {
    for (const [have, need, plane, code] of [
      [999, 1000, 200, "DATA_TRUNCATED"],
      [1200, 1000, 200, "DATA_HEADER"],
      [1128, 1000, 8, "DATA_HEADER"],
      [3_000_000, 1000, 4_000_000, "DATA_HEADER"],
    ] as const) {
      const error = await caught(() => bytesBehind(have, need, plane, "the file"));
      expect([error.code, error.details]).toEqual([code, { haveBytes: have, needBytes: need }]);
      expect(error.message).toContain("the file holds");
    }
  });
});

describe("checkSize", () => {
  it("refuses a volume above the limit of the caller, and takes one at it", async () => {
    expect(checkSize([10, 10, 10], "int16", 2, 2000)).toBeUndefined();
    const error = await caught(() => checkSize([10, 10, 10], "int16", 2, 1999));
    expect([error.code, error.details]).toEqual(["DATA_UNSUPPORTED", { payloadBytes: 2000, maxBytes: 1999 }]);
  });
});
