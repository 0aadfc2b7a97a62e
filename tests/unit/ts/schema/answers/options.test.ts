import { isMissingOption, presentOptions, tooFewOptions } from "../../../../../ts/schema/answers/options.ts";

describe("a missing option", () => {
  it.each(["", "  ", "-", " - ", "NA", "na", "Na ", "N/A", "n/a", "N / A", "\tn a\n"])("is %j", (option) => {
    expect(isMissingOption(option)).toBe(true);
  });

  it.each(["none", "no", "n", "a", "--", "N/A lesion", "nausea", "-1", "0"])("is not %j", (option) => {
    expect(isMissingOption(option)).toBe(false);
  });

  it("leaves the others at their places", () => {
    expect(presentOptions(["NA", "liver", "-", "spleen"])).toEqual([1, 3]);
    expect(presentOptions([])).toEqual([]);
  });

  it("leaves a choice where two options stay, and says what is left where they do not", () => {
    expect(tooFewOptions(["NA", "liver", "-", "spleen"])).toBeUndefined();
    const others = 'the others are missing ("NA", "N/A", "-" or blank): a choice needs two';
    expect(tooFewOptions(["NA", "liver", ""])).toBe(`1 of 3 options is there, ${others}`);
    expect(tooFewOptions(["NA", "-"])).toBe(`0 of 2 options are there, ${others}`);
  });
});
