import { finiteOrText, manySeries } from "../../../../../../ts/cli/commands/runs/values.ts";

describe("a value in a document", () => {
  it("is the number, or its word where JSON has no such number", () => {
    const values = [0.5, -3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
      finiteOrText,
    );
    expect(values).toEqual([0.5, -3, "NaN", "Infinity", "-Infinity"]);
    expect(JSON.parse(JSON.stringify(values))).toEqual(values);
  });

  it("of an expert's load is one of many series, which a table tells as a number", () => {
    expect(
      ["load.0.1.2", "loss", "loss.language", "seconds"].filter((name) => manySeries.test(name)),
    ).toEqual(["load.0.1.2"]);
  });
});
