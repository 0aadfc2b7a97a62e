import {
  anyDouble,
  bool,
  counted,
  double,
  fromUint64,
  int32,
  oneOf,
  required,
  sameLength,
  text,
  toUint64,
  uint32,
} from "../../../../../ts/worker/wire/fields.ts";
import { caught } from "../../../../support/caught.ts";

async function refusal(check: () => unknown): Promise<{ code: string; message: string }> {
  const { code, message } = await caught(check);
  return { code, message };
}

describe("checks of fields", () => {
  it("names a field that is missing, whatever its kind", async () => {
    for (const check of [required, text, uint32, int32, fromUint64, double, anyDouble, bool]) {
      expect(await refusal(() => check(undefined as never, "StepResult.loss"))).toEqual({
        code: "WIRE_INCOMPLETE",
        message: "[WIRE_INCOMPLETE] the message lacks StepResult.loss",
      });
    }
    expect(await refusal(() => oneOf(undefined, ["a"], "X.y"))).toEqual({
      code: "WIRE_INCOMPLETE",
      message: "[WIRE_INCOMPLETE] the message lacks X.y",
    });
  });

  it("passes zero, the empty text and false: present is not truthy", () => {
    expect([uint32(0, "x"), text("", "x"), bool(false, "x"), double(-0, "x"), fromUint64(0n, "x")]).toEqual([
      0,
      "",
      false,
      -0,
      0,
    ]);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses %p as uint32 with its range",
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

  it("takes the ends of each range and refuses one beyond", async () => {
    expect([uint32(0xffff_ffff, "x"), int32(-0x8000_0000, "x"), int32(0x7fff_ffff, "x")]).toEqual([
      4294967295, -2147483648, 2147483647,
    ]);
    expect((await refusal(() => int32(0x8000_0000, "x"))).code).toBe("WIRE_INVALID");
    expect((await refusal(() => int32(-0x8000_0001, "x"))).code).toBe("WIRE_INVALID");
    expect(toUint64(Number.MAX_SAFE_INTEGER, "x")).toBe(9007199254740991n);
    expect((await refusal(() => toUint64(2 ** 53, "x"))).code).toBe("WIRE_INVALID");
    expect(fromUint64(9007199254740991n, "x")).toBe(Number.MAX_SAFE_INTEGER);
    expect(await refusal(() => fromUint64(9007199254740992n, "File.length"))).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] File.length is 9007199254740992, beyond 2^53-1",
    });
  });

  it("sends finite numbers alone, and receives any, since a diverged loss is a fact", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(await refusal(() => double(value, "x"))).toEqual({
        code: "WIRE_INVALID",
        message: `[WIRE_INVALID] x is ${value}`,
      });
      expect(anyDouble(value, "x")).toBe(value);
    }
  });

  it("refuses a text that UTF-8 would silently change", async () => {
    expect(text("\ud83d\ude00", "x")).toBe("\u{1f600}");
    expect(await refusal(() => text("a\ud83d", "Batch.items[0].prompt"))).toEqual({
      code: "WIRE_INVALID",
      message:
        "[WIRE_INVALID] Batch.items[0].prompt is a text with a lone surrogate, which UTF-8 cannot hold",
    });
  });

  it("refuses a word that is not in its list, naming the list", async () => {
    expect(oneOf("b", ["a", "b"], "x")).toBe("b");
    expect(await refusal(() => oneOf("c", ["a", "b"], "Health.state"))).toEqual({
      code: "WIRE_INVALID",
      message: '[WIRE_INVALID] Health.state is "c"',
    });
    expect((await caught(() => oneOf("c", ["a", "b"], "x"))).hint).toBe("It must be one of a, b.");
  });

  it("compares a list with the count that came beside it", async () => {
    expect(counted([1, 2], 2, "x", "n")).toEqual([1, 2]);
    expect(await refusal(() => counted([1, 2], 3, "A.items", "A.itemCount"))).toEqual({
      code: "WIRE_INCOMPLETE",
      message: "[WIRE_INCOMPLETE] A.items holds 2 items but A.itemCount says 3",
    });
    expect(await refusal(() => counted([], undefined, "A.items", "A.itemCount"))).toEqual({
      code: "WIRE_INCOMPLETE",
      message: "[WIRE_INCOMPLETE] the message lacks A.itemCount",
    });
  });

  it("refuses lists that share a count and differ in length", async () => {
    expect(sameLength([1], [2], "std", "mean")).toBe(1);
    expect(await refusal(() => sameLength([1, 2, 3], [1], "P.std", "P.mean"))).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] P.std is 1 long",
    });
  });
});
