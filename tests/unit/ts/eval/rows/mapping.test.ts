import { mappedRows, readMapping } from "../../../../../ts/eval/rows/mapping.ts";
import type { PredictionRow } from "../../../../../ts/eval/rows/row.ts";
import { caught } from "../../../../support/caught.ts";

async function* pieces(...lines: readonly unknown[]): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(lines.map((line) => JSON.stringify(line)).join("\n")));
}
const read = async (...lines: readonly unknown[]) => await readMapping(pieces(...lines), "pairs.jsonl");
const row = (id: string): PredictionRow => ({
  id,
  case: "c",
  task: "open-vqa",
  target: "x",
  prediction: "y",
});

describe("a mapping of items", () => {
  it("is ids of the others by which the baseline's are found; whole numbers are their digits", async () => {
    expect([...(await read({ a: "q1", b: "q1-mirrored" }, { a: 2, b: 12 }))]).toEqual([
      ["q1-mirrored", "q1"],
      ["12", "2"],
    ]);
  });

  it.each([
    [
      "an id twice as a",
      [
        { a: "1", b: "2" },
        { a: "1", b: "3" },
      ],
      /line 2: "1" stands twice as a/,
    ],
    [
      "an id twice as b",
      [
        { a: "1", b: "2" },
        { a: "3", b: "2" },
      ],
      /line 2: "2" stands twice as b/,
    ],
    ["a missing side", [{ a: "1" }], /line 1: b is missing/],
    ["another key", [{ a: "1", b: "2", c: "3" }], /"c" is no key of a pair/],
    ["a list", [["1", "2"]], /a pair is one JSON object, found a list/],
  ])("is refused with the line for %s", async (_what, lines, told) => {
    const error = await caught(() => read(...lines));
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toMatch(told);
  });

  it("is refused without a pair", async () => {
    expect((await caught(() => read())).code).toBe("DATA_EMPTY");
  });

  it("gives rows the baseline's ids, and names every row that has no pair", async () => {
    const mapping = await read({ a: "q1", b: "m1" }, { a: "q2", b: "m2" });
    expect(mappedRows([row("m2"), row("m1")], mapping, "mirrored").map(({ id }) => id)).toEqual(["q2", "q1"]);
    const error = await caught(
      async () => await Promise.resolve(mappedRows([row("m3")], mapping, "mirrored")),
    );
    expect(error.message).toContain('open-vqa "m3" of mirrored is no b of the mapping');
  });
});
