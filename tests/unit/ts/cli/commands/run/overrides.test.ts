import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { overridesOf, tagsOf } from "../../../../../../ts/cli/commands/run/overrides.ts";
import { Flags } from "../../../../../../ts/cli/words/command.ts";
import { caught } from "../../../../../support/caught.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-overrides-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const flags = (...given: readonly (readonly [string, string])[]): Flags =>
  new Flags(given.map(([name, value]) => ({ name, value })));

describe("--allow-leak", () => {
  it("is the reason of the data, after what is set", async () => {
    expect(await overridesOf(flags(["allow-leak", 'the "official" split'], ["set", "x=1"]))).toEqual([
      "x=1",
      'data.allowLeak="the \\"official\\" split"',
    ]);
  });
});

describe("--set-file", () => {
  it("gives its values as --set takes them, whatever their kind, before each --set", async () => {
    const path = join(scratch, "a.json");
    writeFileSync(path, JSON.stringify({ "a.b": 1e-5, c: "x=y", d: true, e: { f: [1] } }));
    expect(await overridesOf(flags(["set", "a.b=2"], ["set-file", path]))).toEqual([
      "a.b=0.00001",
      'c="x=y"',
      "d=true",
      'e={"f":[1]}',
      "a.b=2",
    ]);
    expect(await overridesOf(flags(["set", "x=1"]))).toEqual(["x=1"]);
  });

  it.each([
    ["a list", "[1]"],
    ["no JSON", "{a: 1}"],
    ["a path with an equals sign", '{"a=b": 1}'],
  ])("refuses %s", async (_what, text) => {
    const path = join(scratch, "bad.json");
    writeFileSync(path, text);
    const error = await caught(() => overridesOf(flags(["set-file", path])));
    expect([error.code, error.message]).toEqual(["CONFIG_INVALID", expect.stringContaining("bad.json")]);
  });

  it("knows a file that is not there", async () => {
    const error = await caught(() => overridesOf(flags(["set-file", join(scratch, "none.json")])));
    expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
  });
});

describe("--tag", () => {
  it("gives names and values; the value may hold anything", () => {
    expect(tagsOf(flags(["tag", "by=me"], ["tag", "why=a=b c"]))).toEqual({ by: "me", why: "a=b c" });
    expect(tagsOf(flags())).toBeUndefined();
  });

  it("refuses what is no NAME=VALUE and a name that stands twice, all at once", async () => {
    const error = await caught(() =>
      tagsOf(flags(["tag", "alone"], ["tag", "a=1"], ["tag", "a=2"], ["tag", "9=x"])),
    );
    expect(error.code).toBe("USAGE_INVALID");
    expect(error.details.problems).toEqual([
      '--tag must be NAME=VALUE, found "alone"',
      "--tag a stands twice",
      '--tag must be NAME=VALUE, found "9=x"',
    ]);
  });
});
