import fc from "fast-check";
import { defined } from "../../../ts/defined.ts";

describe("the fields that are there", () => {
  it("are those whose value is not undefined: null, 0, false and empty text stay", () => {
    const given = { a: undefined, b: null, c: 0, d: false, e: "", f: Number.NaN };
    expect(Object.keys(defined(given))).toEqual(["b", "c", "d", "e", "f"]);
  });

  it("keep order and value, and no undefined is left, whatever the fields", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.option(fc.jsonValue(), { nil: undefined })), (fields) => {
        const kept = Object.entries(defined(fields));
        expect(kept).toEqual(Object.entries(fields).filter(([, value]) => value !== undefined));
      }),
      { seed: 20261128 },
    );
  });

  it("are optional in the type exactly where undefined was possible", () => {
    const signal: AbortSignal | undefined = undefined as AbortSignal | undefined;
    const call: { readonly path: string; readonly signal?: AbortSignal } = defined({ path: "/x", signal });
    expect("signal" in call).toBe(false);
    expect(call.path).toBe("/x");
  });
});
