import { leavesOf } from "../../../../ts/config/leaves.ts";

describe("the leaves of a value", () => {
  it("have dotted paths, through lists too, in the order of the value", () => {
    expect([...leavesOf({ b: { c: [1, { d: null }] }, a: "x" })]).toEqual([
      ["b.c.0", 1],
      ["b.c.1.d", null],
      ["a", "x"],
    ]);
  });

  it("are what is empty, a bare value at the path of nothing, and what is asked for whole", () => {
    expect([...leavesOf({ a: {}, b: [] })]).toEqual([
      ["a", {}],
      ["b", []],
    ]);
    expect([...leavesOf(7)]).toEqual([["", 7]]);
    expect([...leavesOf({ a: { b: { c: 1 } } }, "a.b")]).toEqual([["a.b", { c: 1 }]]);
  });
});
