import { spaceBuilder as s } from "../../../../../ts/config/build/space.ts";
import { planSchema } from "../../../../../ts/schema/sweep/plan.ts";
import { planOf } from "../../sweep/fixtures.ts";

const taken = (option: object): boolean =>
  planSchema.safeParse(JSON.parse(JSON.stringify({ ...planOf(), space: { option } }))).success;

describe("the builder of a space", () => {
  it("makes ranges, drawn evenly or in their logarithm, with the values that a grid takes where they are said", () => {
    expect(s.float(0, 1)).toEqual({ kind: "float", low: 0, high: 1, log: false });
    expect(s.float(0, 1, { points: 3 })).toEqual({ kind: "float", low: 0, high: 1, log: false, points: 3 });
    expect(s.logFloat(1e-4, 1e-2)).toEqual({ kind: "float", low: 1e-4, high: 1e-2, log: true });
    expect(s.logFloat(1e-4, 1e-2, { points: 2 })).toMatchObject({ log: true, points: 2 });
    expect(s.float(0, 1, {})).not.toHaveProperty("points");
  });

  it("makes whole numbers by their step", () => {
    expect(s.int(1, 4)).toEqual({ kind: "int", low: 1, high: 4 });
    expect(s.int(16, 64, { step: 16 })).toEqual({ kind: "int", low: 16, high: 64, step: 16 });
  });

  it("makes choices of anything that JSON holds, and conditional options", () => {
    expect(s.choice(["a", 1, true, null, [1, 2]])).toEqual({
      kind: "choice",
      of: ["a", 1, true, null, [1, 2]],
    });
    expect(s.when("router.balance", "loss", s.int(1, 2))).toEqual({
      kind: "when",
      option: "router.balance",
      is: "loss",
      draws: { kind: "int", low: 1, high: 2 },
    });
  });

  it("makes nothing that a ledger cannot read back", () => {
    const options = [
      s.float(0, 1, { points: 3 }),
      s.logFloat(1e-4, 1),
      s.int(1, 9, { step: 2 }),
      s.choice([{ volumes: 4 }]),
      s.when("a", [1], s.choice(["x"])),
    ];
    expect(options.map(taken)).toEqual(options.map(() => true));
  });
});
