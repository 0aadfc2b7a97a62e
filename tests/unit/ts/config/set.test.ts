import * as fc from "fast-check";
import { resolveExperiment } from "../../../../ts/config/index.ts";
import { applyOverrides } from "../../../../ts/config/set.ts";
import type { ExperimentInput } from "../../../../ts/schema/experiment.ts";
import { experiment, raised } from "./experiment.ts";

const listed = { stages: [{ name: "shared", steps: 4 }, { name: "specific" }], plain: [1, 2], t: "old" };

describe("applyOverrides", () => {
  it("reads a value as JSON and else as text, through names of list entries", () => {
    const { value, paths } = applyOverrides({ a: { b: [{ name: "x", n: 1 }] }, t: "old" }, [
      "a.b.x.n=1e-4",
      "t=new text",
    ]);
    expect(value).toEqual({ a: { b: [{ name: "x", n: 0.0001 }] }, t: "new text" });
    expect(paths).toEqual(["a.b.0.n", "t"]);
  });

  it.each([
    ["t=", ""],
    ["t==", "="],
    ["t=a=b", "a=b"],
    ["t=[1,2]", [1, 2]],
    ["t={}", {}],
    ["t=null", null],
    ["t=01", "01"],
  ])("takes %s for all behind the first sign", (written, value) => {
    expect(applyOverrides(listed, [written]).value).toMatchObject({ t: value });
  });

  it("makes what is not there yet, and leaves the input as it was", () => {
    const input = { a: 1 };
    expect(applyOverrides(input, ["b.c.d=2", "a=3"]).value).toEqual({ a: 3, b: { c: { d: 2 } } });
    expect(input).toEqual({ a: 1 });
  });

  it("applies one after the other: the last of two on one path holds", () => {
    expect(applyOverrides(listed, ["t=1", "t=2"]).value).toMatchObject({ t: 2 });
  });

  it("goes through lists by index too", () => {
    const { value, paths } = applyOverrides(listed, ["stages.1.steps=7", "plain.0=9"]);
    expect(value).toMatchObject({ stages: [{ steps: 4 }, { steps: 7 }], plain: [9, 2] });
    expect(paths).toEqual(["stages.1.steps", "plain.0"]);
  });

  it.each([
    ["stages.sharde.steps=1", 'no entry "sharde", did you mean "shared"?'],
    ["stages.2.steps=1", 'no entry "2"'],
    ["stages.length=0", 'no entry "length"'],
    ["plain.2=1", 'no entry "2"'],
    ["stages.-1.steps=1", 'no entry "-1"'],
    ["t.deeper=1", '"t" is "old" and has no key "deeper"'],
  ])("refuses %s, which leads nowhere", (written, message) => {
    const error = raised(() => applyOverrides(listed, [written]));
    expect(error.code).toBe("CONFIG_UNKNOWN_KEY");
    expect(error.message).toContain(`--set ${written}: ${message}`);
  });

  it.each(["a", "=1", ""])("refuses %j, which is no path and value", (written) => {
    const error = raised(() => applyOverrides(listed, [written]));
    expect(error.code).toBe("USAGE_INVALID");
    expect(error.message).toContain(`--set ${written}: expected path=value`);
  });

  it.each([
    "__proto__.polluted=1",
    "stages.__proto__.polluted=1",
    "stages.shared.__proto__.polluted=1",
    "constructor.prototype.polluted=1",
    "t.constructor=1",
    "prototype=1",
    't={"__proto__":{"polluted":1}}',
    'stages.0={"deep":[{"constructor":1}]}',
  ])("refuses %s by name, and writes nothing into all objects", (written) => {
    const error = raised(() => applyOverrides(listed, [written]));
    expect(error.code).toBe("CONFIG_UNKNOWN_KEY");
    expect(error.message).toMatch(/no option is called "[\w.]*(?:__proto__|constructor|prototype)[\w.]*"/);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("reads own keys alone: what an object inherits is not there", () => {
    expect(applyOverrides({}, ["toString.x=1"]).value).toEqual({ toString: { x: 1 } });
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("leaves Object.prototype as it is for any path at all", () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const key = fc.oneof(
      fc.constantFrom("__proto__", "constructor", "prototype", "stages", "0", "shared", "name", ""),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.json(), (keys, value) => {
        try {
          applyOverrides(listed, [`${keys.join(".")}=${value}`]);
        } catch (error) {
          expect(["CONFIG_UNKNOWN_KEY", "USAGE_INVALID"]).toContain((error as { code?: unknown }).code);
        }
        expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
      }),
      { seed: 20261128 },
    );
  });
});

describe("a recipe that holds a key of all objects", () => {
  it("is refused by name, wherever it holds it", () => {
    const parts: unknown = JSON.parse('{"__proto__":{"polluted":1}}');
    const input = { ...experiment().input, router: { ...experiment().input.router, nested: parts } };
    const error = raised(() => resolveExperiment(input as unknown as ExperimentInput));
    expect(error.code).toBe("CONFIG_UNKNOWN_KEY");
    expect(error.message).toContain("router.nested.__proto__: unknown key");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
