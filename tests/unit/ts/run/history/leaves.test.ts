import { namedLeaves } from "../../../../../ts/run/history/leaves.ts";

describe("the leaves of a configuration", () => {
  it("are called as --set calls them: entries of a list by their name where all have one of their own", () => {
    const config = {
      stages: [
        { name: "shared", steps: 4, trains: ["a", "b"] },
        { name: "specific", steps: 2, trains: [] },
      ],
      twins: [
        { name: "x", n: 1 },
        { name: "x", n: 2 },
      ],
      sizeDHW: [1, 2],
    };
    expect([...namedLeaves(config)]).toEqual([
      ["stages.shared.name", "shared"],
      ["stages.shared.steps", 4],
      ["stages.shared.trains.0", "a"],
      ["stages.shared.trains.1", "b"],
      ["stages.specific.name", "specific"],
      ["stages.specific.steps", 2],
      ["stages.specific.trains", []],
      ["twins.0.name", "x"],
      ["twins.0.n", 1],
      ["twins.1.name", "x"],
      ["twins.1.n", 2],
      ["sizeDHW.0", 1],
      ["sizeDHW.1", 2],
    ]);
  });

  it("of nothing are none", () => {
    expect(namedLeaves(undefined).size).toBe(0);
  });
});
