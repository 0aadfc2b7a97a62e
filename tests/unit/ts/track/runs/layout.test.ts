import fc from "fast-check";
import { isRunId, newRunId, runPaths, runSubfolders } from "../../../../../ts/track/runs/layout.ts";

describe("a run", () => {
  it.each([
    ["sorts by time", "a", "2026-11-24T15:30:12.000Z", /^20261124-153012-a-\w{4}$/],
    [
      "keeps 40 letters of a long name",
      "x".repeat(80),
      "2026-01-02T03:04:05.000Z",
      /^20260102-030405-x{40}-\w{4}$/,
    ],
    [
      "has no odd letters of the name",
      "Über/../CT: 3D!",
      "2026-01-02T03:04:05.000Z",
      /^20260102-030405-ber-ct-3d-\w{4}$/,
    ],
    ["does without a name that has no letters", "///", "2026-01-02T03:04:05.000Z", /^20260102-030405-\w{4}$/],
  ])("has an id that %s", (_title, name, now, expected) => {
    expect(newRunId(name, new Date(now))).toMatch(expected);
  });

  it("has an id that is one whatever it is called, and that sorts by the second it was made in", () => {
    const time = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), time, time, (name, one, other) => {
        const [first, second] = [newRunId(name, one), newRunId(name, other)];
        expect([isRunId(first), isRunId(second)]).toEqual([true, true]);
        fc.pre(Math.trunc(one.getTime() / 1000) < Math.trunc(other.getTime() / 1000));
        expect(first < second).toBe(true);
      }),
      { seed: 20261128 },
    );
  });

  it.each([
    "latest",
    "",
    "../x",
    "20261124-153012",
    "20261124-153012-a/b",
    ".creating-20261124-153012-a",
    "20261124-153012-A",
  ])("is not called %j", (name) => {
    expect(isRunId(name)).toBe(false);
  });

  it("has everything below its own folder, and folders of those names from the beginning", () => {
    const paths = runPaths("/runs/x");
    expect(Object.values(paths).every((path) => path.startsWith("/runs/x/"))).toBe(true);
    expect(new Set(Object.values(paths)).size).toBe(Object.keys(paths).length);
    for (const name of runSubfolders) expect(paths[name]).toBe(`/runs/x/${name}`);
  });
});
