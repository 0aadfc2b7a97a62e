import { ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";
import type { Check } from "../../../../../ts/worker/wire/scalars.ts";
import {
  anyDouble,
  incoming,
  invalid,
  kindOf,
  oneOf,
  outgoing,
  required,
  text,
  uint32,
} from "../../../../../ts/worker/wire/scalars.ts";
import { caught } from "../../../../support/caught.ts";
import { allMessages } from "../../../../support/descriptors.ts";

async function refusal(check: () => unknown): Promise<{ code: string; message: string }> {
  const { code, message } = await caught(check);
  return { code, message };
}

function checkOf(checks: ReadonlyMap<ScalarType, Check>, kind: ScalarType): Check {
  const check = checks.get(kind);
  if (check === undefined) throw new Error(`no check for ${ScalarType[kind]}`);
  return check;
}

describe("a value that must be there", () => {
  it("is refused by its path when it is not", async () => {
    for (const nothing of [undefined, null])
      expect(await refusal(() => required(nothing, "StepResult.loss"))).toEqual({
        code: "WIRE_INCOMPLETE",
        message: "[WIRE_INCOMPLETE] the message lacks StepResult.loss",
      });
  });

  it("may be zero, empty, false or not a number", () => {
    for (const value of [0, -0, "", false, Number.NaN, 0n, []]) expect(required(value, "x")).toBe(value);
  });
});

describe("checks of values", () => {
  it("are there, both ways, for every kind that the contract uses", () => {
    const kinds = new Set(
      allMessages()
        .flatMap(({ fields }) => fields.map(({ scalar }) => scalar))
        .filter((scalar) => scalar !== undefined),
    );
    expect(kinds.size).toBeGreaterThan(5);
    expect([...kinds].filter((kind) => !outgoing.has(kind) || !incoming.has(kind))).toEqual([]);
    expect(outgoing.size).toBe(kinds.size);
  });

  it.each([...outgoing.keys()])("refuse what is of no kind the wire has: kind %p", async (kind) => {
    for (const [value, found] of [
      [{ secret: 1 }, "a value of type object"],
      [[1], "a list"],
      [() => 1, "a value of type function"],
      [Symbol("x"), "a value of type symbol"],
    ] as const) {
      for (const checks of [outgoing, incoming])
        expect(await refusal(() => checkOf(checks, kind)(value, "A.b"))).toEqual({
          code: "WIRE_INVALID",
          message: `[WIRE_INVALID] A.b is ${found}`,
        });
    }
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuse %p as uint32 with its range",
    async (value) => {
      expect(await refusal(() => uint32(value, "Batch.step"))).toEqual({
        code: "WIRE_INVALID",
        message: `[WIRE_INVALID] Batch.step is ${value}`,
      });
      expect((await caught(() => uint32(value, "Batch.step"))).hint).toBe(
        "It must be a whole number in 0..4294967295.",
      );
    },
  );

  const ranges: readonly (readonly [string, ScalarType, number, number])[] = [
    ["uint32", ScalarType.UINT32, 0, 2 ** 32 - 1],
    ["fixed32", ScalarType.FIXED32, 0, 2 ** 32 - 1],
    ["sint32", ScalarType.SINT32, -(2 ** 31), 2 ** 31 - 1],
    ["uint64", ScalarType.UINT64, 0, Number.MAX_SAFE_INTEGER],
  ];
  it.each(ranges)("take the ends of the range of %s, refuse one beyond", async (_name, kind, low, high) => {
    const check = checkOf(outgoing, kind);
    for (const value of [low, high]) expect(Number(check(value, "x"))).toBe(value);
    for (const value of [low - 1, high + 1, low + 0.5])
      expect((await refusal(() => check(value, "x"))).message).toBe(`[WIRE_INVALID] x is ${value}`);
  });

  it("make the wire's 64 bits of a number and a number of them, and refuse what a number cannot hold", async () => {
    const [there, back] = [checkOf(outgoing, ScalarType.UINT64), checkOf(incoming, ScalarType.UINT64)];
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(there(value, "x")).toBe(BigInt(value));
        expect(back(there(value, "x"), "x")).toBe(value);
      }),
      { seed: 20261128 },
    );
    for (const value of [2n ** 53n, 2n ** 64n - 1n])
      expect(await refusal(() => back(value, "File.length"))).toEqual({
        code: "WIRE_INVALID",
        message: `[WIRE_INVALID] File.length is ${value}, beyond 2^53-1`,
      });
    expect((await refusal(() => back(7, "x"))).message).toBe("[WIRE_INVALID] x is a value of type number");
  });

  it("let no number pass that is not finite, unless any may", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const checks of [outgoing, incoming])
        expect(await refusal(() => checkOf(checks, ScalarType.DOUBLE)(value, "x"))).toEqual({
          code: "WIRE_INVALID",
          message: `[WIRE_INVALID] x is ${value}`,
        });
      expect(anyDouble(value, "x")).toBe(value);
    }
    expect((await refusal(() => anyDouble("1", "x"))).code).toBe("WIRE_INVALID");
  });

  it("take a text exactly when UTF-8 gives it back as it was", async () => {
    expect(text("\ud83d\ude00", "x")).toBe("\u{1f600}");
    expect(await refusal(() => text("a\ud83d", "Batch.items[0].prompt"))).toEqual({
      code: "WIRE_INVALID",
      message:
        "[WIRE_INVALID] Batch.items[0].prompt is a text with a lone surrogate, which UTF-8 cannot hold",
    });
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
        async (given) => {
          const survives = Buffer.from(given, "utf8").toString("utf8") === given;
          const taken = await Promise.resolve()
            .then(() => text(given, "x"))
            .catch(() => undefined);
          expect(taken === given).toBe(survives);
        },
      ),
      { seed: 20261128 },
    );
  });

  it("refuse a word that is not in its list, naming the list", async () => {
    expect(oneOf("b", ["a", "b"], "x")).toBe("b");
    const error = await caught(() => oneOf("c", ["a", "b"], "Health.state"));
    expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({
      code: "WIRE_INVALID",
      message: '[WIRE_INVALID] Health.state is "c"',
      hint: "It must be one of a, b.",
    });
  });
});

describe("a refusal", () => {
  it("says the path, what was found and what to do, for scripts too", () => {
    expect(invalid("A.b", "7 long", "It must be 8 long.")).toMatchObject({
      code: "WIRE_INVALID",
      what: "A.b is 7 long",
      hint: "It must be 8 long.",
      details: { field: "A.b" },
    });
  });

  it("names the kind of what was found, never the value", () => {
    expect([[1], {}, 1, undefined, "patient name"].map(kindOf)).toEqual([
      "a list",
      "a value of type object",
      "a value of type number",
      "a value of type undefined",
      "a value of type string",
    ]);
  });
});
