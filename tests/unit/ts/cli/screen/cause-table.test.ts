import { causeTable } from "../../../../../ts/cli/screen/cause-table.ts";

describe("what differs between two runs, on the screen", () => {
  it("stands in a row a leaf, texts as they are, everything else as JSON", () => {
    expect(
      causeTable([
        { kind: "seed", path: "seed", a: 1, b: 2 },
        { kind: "config", path: "model.lora", a: false, b: null },
        { kind: "config", path: "stages.shared.trains", a: [], b: "head" },
      ]),
    ).toBe(
      [
        "KIND    PATH                  A      B",
        "seed    seed                  1      2",
        "config  model.lora            false  null",
        "config  stages.shared.trains  []     head",
      ].join("\n"),
    );
  });

  it("cuts a long value, and keeps a value on one line without escapes of a terminal", () => {
    const [, line = ""] = causeTable([
      { kind: "code", path: "policy", a: "a".repeat(64), b: "one\ntwo \u001b[31mred" },
    ]).split("\n");
    expect(line).toContain(`${"a".repeat(45)}...  `);
    expect(line).not.toContain("a".repeat(46));
    expect(line).toMatch(/one two .*red$/);
    expect(line).not.toContain("\u001b");
  });
});
