import { passed, sizeText, wrong } from "../../../../../../ts/cli/commands/doctor/check.ts";

describe("a check of the doctor", () => {
  it("has nothing to fix when it found what it wants, and one command otherwise", () => {
    expect(passed("node", "24.1.0", "24 or newer")).toEqual({
      name: "node",
      verdict: "ok",
      found: "24.1.0",
      expected: "24 or newer",
      fix: null,
    });
    expect(wrong("warning", "torch", "2.10.0", "2.11 or newer", "npm run setup")).toMatchObject({
      verdict: "warning",
      fix: "npm run setup",
    });
  });

  it.each([
    [0, "0 MiB"],
    [512 * 2 ** 20, "512 MiB"],
    [2 ** 30 - 1, "1024 MiB"],
    [2 ** 30, "1.0 GiB"],
    [23.5 * 2 ** 30, "23.5 GiB"],
  ])("says %d bytes as %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});
