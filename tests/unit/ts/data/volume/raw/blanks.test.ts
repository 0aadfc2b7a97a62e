import { trimmed, wordsOf } from "../../../../../../ts/data/volume/raw/blanks.ts";

describe("blanks", () => {
  it("are those of ASCII: a byte 0xA0 belongs to a word", () => {
    const around = " \t\n\v\f\r";
    expect(trimmed(`${around}a ${around} b${around}`)).toBe(`a ${around} b`);
    expect(trimmed(around)).toBe("");
    expect(trimmed("\u00a0a\u00a0")).toBe("\u00a0a\u00a0");
    expect(wordsOf(` a${around}b\u00a0c `)).toEqual(["a", "b\u00a0c"]);
    expect(wordsOf("")).toEqual([]);
  });
});
