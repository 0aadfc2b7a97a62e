import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { keepTrials, placeOfTrials, readTrials } from "../../../../../ts/run/knobs/kept.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";

const facts = { corpus: "c", device: "cpu" };
const trials = {
  runId: "a-run",
  stages: [
    {
      stage: "shared",
      path: "stages.0",
      secondsPerStep: 0.5,
      unreached: ["a"],
      still: [],
      stray: [],
      idle: [],
      options: [{ path: "stages.0.clipNorm", tried: 1e-9, effect: "update" as const, change: 0.5 }],
    },
  ],
};

describe("the place of trials", () => {
  it("is that of a recipe, whatever its seed and name", async () => {
    const cache = freshFolder();
    const place = async (...set: readonly string[]): Promise<string> =>
      await placeOfTrials(cache, resolvedWith(...set), facts);
    const here = await place();
    expect(dirname(here)).toBe(join(cache, "knobs"));
    expect(here).toMatch(/\/[0-9a-f]{64}\.json$/);
    expect([await place(), await place("seed=99"), await place("name=other")]).toEqual([here, here, here]);
    expect(await place("stages.shared.clipNorm=2")).not.toBe(here);
    expect(await place("router.zLossWeight=0.1")).not.toBe(here);
  });

  it("is another one for other data or another machine", async () => {
    const resolved = resolvedWith();
    const place = async (of: typeof facts): Promise<string> => await placeOfTrials("/cache", resolved, of);
    const places = [
      await place(facts),
      await place({ ...facts, corpus: "d" }),
      await place({ ...facts, device: "cuda" }),
    ];
    expect(new Set(places).size).toBe(3);
  });
});

describe("trials", () => {
  it("are read as they were kept", async () => {
    const place = await placeOfTrials(freshFolder(), resolvedWith(), facts);
    expect(await readTrials(place)).toBeUndefined();
    await keepTrials(place, trials);
    expect(await readTrials(place)).toEqual(trials);
    await keepTrials(place, { ...trials, runId: "later" });
    expect((await readTrials(place))?.runId).toBe("later");
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, -9)],
    ["of another shape", (text: string) => text.replace('"idle"', '"lazy"')],
    ["of an effect that is none", (text: string) => text.replace('"update"', '"magic"')],
    ["empty", () => ""],
  ])("are made anew where what was kept is %s", async (_, damage) => {
    const place = await placeOfTrials(freshFolder(), resolvedWith(), facts);
    await keepTrials(place, trials);
    writeFileSync(place, damage(readFileSync(place, "utf8")));
    expect(await readTrials(place)).toBeUndefined();
  });

  it("are not kept where a file stands in the way, which is told by its path", async () => {
    const cache = freshFolder();
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, "knobs"), "");
    const place = await placeOfTrials(cache, resolvedWith(), facts);
    await expect(keepTrials(place, trials)).rejects.toMatchObject({
      message: expect.stringContaining("knobs"),
    });
  });
});
