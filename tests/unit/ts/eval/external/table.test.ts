import { fieldsOfCells } from "../../../../../ts/eval/external/table.ts";

function read(cells: Readonly<Record<string, string>>) {
  const problems: string[] = [];
  return { fields: fieldsOfCells(cells, (problem) => problems.push(problem)), problems };
}

describe("cells of a table", () => {
  it("are texts, lists parted by bars or as JSON, and objects as JSON", () => {
    expect(
      read({
        id: "007",
        choices: "liver | spleen|",
        type: '["organ","side"]',
        choiceLogProbs: "-1.5|-2|null",
        choiceTokens: "[1, 2, null]",
        meta: '{"a":1}',
        truncated: "TRUE",
      }).fields,
    ).toEqual({
      id: "007",
      choices: ["liver", "spleen", ""],
      type: ["organ", "side"],
      choiceLogProbs: [-1.5, -2, null],
      choiceTokens: [1, 2, null],
      meta: { a: 1 },
      truncated: true,
    });
  });

  it("that are empty say nothing, but for an empty answer", () => {
    expect(read({ subject: "", choices: "", type: "", prediction: "", target: "" }).fields).toEqual({
      prediction: "",
      target: "",
    });
  });

  it("keep a type with bars as one name, and a truncated that is neither as it is, for the row's check", () => {
    expect(read({ type: "a|b", truncated: "maybe" }).fields).toEqual({ type: "a|b", truncated: "maybe" });
  });

  it("tell what is no JSON", () => {
    expect(read({ meta: "{", choices: "[1," }).problems).toEqual([
      'meta is no JSON: "{"',
      'choices is no JSON: "[1,"',
    ]);
  });
});
