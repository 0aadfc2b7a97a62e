import fc from "fast-check";
import { packedTableSchema, packTable, unpackTable } from "../../../../../ts/router/prompt/packed-table.ts";
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

  it("takes six bytes for a hash and one number, in base64", () => {
    const packed = packTable([[7, [step]]], 1, step);
    expect(packed).toEqual({ count: 1, width: 1, step, base64: expect.any(String) });
    expect([...Buffer.from(packed.base64, "base64")]).toEqual([7, 0, 0, 0, 1, 0]);
  });

  it("of nothing is empty, and stays so", () => {
    expect(unpackTable(packTable([], 4, step))).toEqual([]);
    expect(packTable([], 4, step).base64).toBe("");
  });

  it.each([-32_767 * step, -step, 0, 32_767 * step])("holds %d exactly", (value) => {
    expect(unpackTable(packTable([[0, [value]]], 1, step))).toEqual([[0, [value]]]);
  });

  it("names the entry and the number that does not fit, and what to do", () => {
    expect(
      thrownBy(() =>
        packTable(
          [
            [1, [0]],
            [2, [33]],
          ],
          1,
          step,
        ),
      ),
    ).toMatchObject({
      message: `[INTERNAL] entry 1 of a packed table holds 33, which is no whole multiple of ${step} up to ${32_767 * step}`,
      hint: "Train with a stronger decay, or fewer epochs.",
    });
  });

  it("is described by its schema, which refuses counts below 0 and a step of 0", () => {
    const table = packTable([[1, [step]]], 1, step);
    expect(packedTableSchema.parse(JSON.parse(JSON.stringify(table)))).toEqual(table);
    for (const change of [{ count: -1 }, { width: 0.5 }, { step: 0 }, { base64: 5 }, { more: 1 }])
      expect(packedTableSchema.safeParse({ ...table, ...change }).success).toBe(false);
  });
});
