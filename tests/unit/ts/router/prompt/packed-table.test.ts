import fc from "fast-check";
import { packTable, unpackTable } from "../../../../../ts/router/prompt/packed-table.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

const step = 2 ** -10;

describe("a packed table", () => {
  it("gives back what it was given, bit for bit", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 2 ** 31 - 1 }),
            fc.array(fc.integer({ min: -32_767, max: 32_767 }), { minLength: 3, maxLength: 3 }),
          ),
        ),
        (entries) => {
          const scaled = entries.map(([hash, units]) => [hash, units.map((unit) => unit * step)] as const);
          expect(unpackTable(packTable(scaled, 3, step))).toEqual(scaled);
        },
      ),
      { seed: 1 },
    );
  });

  it.each([[0.3 * step], [40], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    "refuses %d, which it cannot hold exactly",
    (value) => {
      expect(thrownBy(() => packTable([[1, [value]]], 1, step))).toMatchObject({
        code: "INTERNAL",
        message: expect.stringContaining("entry 0 of a packed table holds"),
      });
    },
  );

  it("refuses bytes of another length", () => {
    const table = packTable(
      [
        [1, [0]],
        [2, [step]],
      ],
      1,
      step,
    );
    expect(thrownBy(() => unpackTable({ ...table, count: 3 }))).toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: "[CHECKPOINT_INVALID] a packed table of 3 entries needs 18 bytes, 12 are there",
    });
  });
});
