import { type PredictionRow, profileNames, profileRow } from "../../../../ts/eval/index.ts";
import { rowsUnder } from "../../../../ts/eval/profiles.ts";

const row = (id: string, prediction: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: "c",
  task: "open-vqa",
  target: "liver",
  prediction,
  ...more,
});

describe("a profile", () => {
  it.each([
    ["strict", "strict", false],
    ["lenient", "lenient", false],
    ["m3d-compat", "m3d-compat", false],
    ["ct-spatial-vqa", "strict", true],
  ] as const)(
    "%s reads closed answers by the parser %s and drops empty open ones: %s",
    (name, parser, dropsEmpty) => {
      expect(profileRow(name)).toMatchObject({ parser, dropsEmpty });
      expect(profileNames).toContain(name);
    },
  );

  it("that drops nothing leaves rows as they are", () => {
    const rows = [row("1", " "), row("2", " x ")];
    expect(rowsUnder(rows, "strict")).toEqual({ rows, dropped: [] });
  });

  it("that drops names each row with the side that is empty, strips the others, and leaves other tasks alone", () => {
    const report = row("5", "", { task: "report" });
    const { rows, dropped } = rowsUnder(
      [row("1", "  "), row("2", " x "), row("3", "y", { target: "\u00a0" }), report],
      "ct-spatial-vqa",
    );
    expect(rows.map(({ id, prediction }) => [id, prediction])).toEqual([
      ["2", "x"],
      ["5", ""],
    ]);
    expect(dropped).toEqual([
      { id: "1", task: "open-vqa", why: "empty prediction" },
      { id: "3", task: "open-vqa", why: "empty target" },
    ]);
  });
});
