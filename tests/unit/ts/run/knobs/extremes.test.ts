import fc from "fast-check";
import type { JsonValue } from "../../../../../ts/errors.ts";
import { extremesOf } from "../../../../../ts/run/knobs/extremes.ts";
import { type Option, optionsOf } from "../../../../../ts/run/knobs/options.ts";
import { outOfRange } from "../../../../../ts/schema/options/ranges.ts";
import type { NumberRow, Row } from "../../../../../ts/schema/options/row.ts";
import { resolvedWith } from "../fixtures.ts";

function option(row: Row, value: JsonValue, beside: Option["beside"] = {}): Option {
  return { path: "a", row, value, beside, key: "", standard: undefined, travels: undefined };
}

const number = (bounds: Partial<NumberRow>): NumberRow => ({ kind: "number", says: "A.", ...bounds });

describe("extremesOf", () => {
  it.each<readonly [what: string, row: NumberRow, value: number, extremes: readonly number[]]>([
    ["a rate", number({ above: 0 }), 1e-3, [1e-12, 1e3]],
    ["a weight that is there", number({ min: 0 }), 0.5, [0, 5e5]],
    ["a weight that is not", number({ min: 0 }), 0, [1]],
    ["a share", number({ min: 0, max: 1 }), 0.25, [0, 1]],
    ["a share that is all", number({ min: 0, max: 1 }), 1, [0]],
    ["a fraction below one", number({ min: 0, below: 1 }), 0.05, [0, 0.999]],
    ["a decay rate of none", number({ min: 0, below: 1 }), 0, [0.999]],
    ["a count", { ...number({ min: 1, max: 10 }), kind: "whole" }, 3, [1, 10]],
    ["a count that may be none", { ...number({ min: 0, max: 10 }), kind: "whole" }, 3, [0, 1, 10]],
    ["a count that is none", { ...number({ min: 0, max: 10 }), kind: "whole" }, 0, [1]],
    ["a count above none", { ...number({ above: 0, max: 9 }), kind: "whole" }, 3, [1, 9]],
  ])("pushes %s to the ends of its range", (_, row, value, extremes) => {
    const found = extremesOf(option(row, value)) as number[];
    expect(found).toHaveLength(extremes.length);
    for (const [at, extreme] of extremes.entries()) expect(found[at]).toBeCloseTo(extreme, 12);
  });

  it("stops at the option that it may not exceed", () => {
    const row: NumberRow = { kind: "whole", says: "A.", min: 1, max: 1e9, notAbove: "experts" };
    expect(extremesOf(option(row, 2, { experts: 4 }))).toEqual([1, 4]);
    expect(extremesOf(option(row, 1, { experts: 1 }))).toEqual([]);
  });

  it("tries every other choice, and the other of two", () => {
    expect(extremesOf(option({ kind: "choice", of: ["a", "b", "c"], says: "A." }, "b"))).toEqual(["a", "c"]);
    expect(extremesOf(option({ kind: "choice", of: ["a"], says: "A." }, "a"))).toEqual([]);
    expect(extremesOf(option({ kind: "flag", says: "A." }, true))).toEqual([false]);
    expect(extremesOf(option({ kind: "text", says: "A." }, "x"))).toEqual([]);
  });

  it("never leaves the range of an option of the table, nor stays where it is", () => {
    const numbers = optionsOf(resolvedWith().config).filter(
      ({ row, travels }) => (row.kind === "whole" || row.kind === "number") && travels !== undefined,
    );
    expect(numbers.length).toBeGreaterThan(30);
    for (const one of numbers)
      for (const extreme of extremesOf(one)) {
        expect([one.path, outOfRange(one.row as NumberRow, extreme as number)]).toEqual([
          one.path,
          undefined,
        ]);
        expect(extreme).not.toBe(one.value);
      }
  });

  it("holds that for any range and value", () => {
    const range = fc.record({
      min: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
      above: fc.constant(0),
      below: fc.option(fc.integer({ min: 10, max: 20 }), { nil: undefined }),
      value: fc.double({ min: 2.5, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(range, ({ min, above, below, value }) => {
        const row = number({
          ...(min === undefined ? { above } : { min }),
          ...(below === undefined ? {} : { below }),
        });
        for (const extreme of extremesOf(option(row, value)))
          expect(outOfRange(row, extreme as number)).toBeUndefined();
      }),
      { seed: 32 },
    );
  });
});
