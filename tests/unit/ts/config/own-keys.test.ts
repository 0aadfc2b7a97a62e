import { inheritedKeys, isInherited } from "../../../../ts/config/own-keys.ts";

describe("keys that JavaScript gives every object", () => {
  it.each(["__proto__", "constructor", "prototype"])("are known by name: %s", (key) => {
    expect(isInherited(key)).toBe(true);
  });

  it("are no others: an option may be called as a method is", () => {
    expect(["toString", "valueOf", "proto", "name"].filter(isInherited)).toEqual([]);
  });

  it("are found wherever a value holds one of its own, and only there", () => {
    const value: unknown = JSON.parse('{"a":[{"__proto__":{"x":1}}],"b":{"constructor":{"prototype":1}}}');
    expect(inheritedKeys(value)).toEqual(["a.0.__proto__", "b.constructor", "b.constructor.prototype"]);
    expect(inheritedKeys({ a: [1, { b: null }], c: "constructor" })).toEqual([]);
  });
});
