import { type ScriptHost, scriptHost } from "../../../../../ts/run/script/host.ts";

describe("scriptHost", () => {
  it("is whoever stands under the key that command line and scripts share, and nobody else", () => {
    const key = Symbol.for("tomoe.recipe-host"),
      scope = globalThis as { [name: symbol]: unknown };
    expect(scriptHost()).toBeUndefined();
    const host = { run: () => Promise.reject(new Error()), sweep: () => Promise.reject(new Error()) };
    scope[key] = host;
    try {
      expect(scriptHost()).toBe(host satisfies ScriptHost);
    } finally {
      delete scope[key];
    }
  });
});
