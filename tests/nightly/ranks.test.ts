import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMetrics } from "../../ts/track/read/index.ts";
import { tomoe } from "../support/cli.ts";
import { smallToy } from "../support/small-toy.ts";
import { documentOf } from "../support/toy-run.ts";

const folder = mkdtempSync(join(tmpdir(), "tomoe-ranks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const steps = 20;

/** What `tomoe run` records of the shared stage, by step and name; what is measured (seconds) is left out. */
async function recorded(
  model: "dense" | "experts",
  ranks: number,
  runs: string,
  sets: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const all = [...sets, `stages.shared.steps=${steps}`, "stages.shared.taskCosineEvery=5"];
  const words = [...smallToy(model, ranks, `${runs}-${ranks}`), ...all.flatMap((value) => ["--set", value])];
  const { code, stdout, stderr } = await tomoe(words, { cwd: folder });
  expect([code, stderr.slice(-600)]).toEqual([0, expect.anything()]);
  const metrics = await readMetrics(join(documentOf(stdout).dir, "metrics"));
  return new Map(
    metrics
      .filter(({ stage, measured }) => stage === "shared" && measured !== true)
      .map(({ step, name, value }) => [`${step}/${name}`, value]),
  );
}

// Sums over ranks are summed in another order, 1e-7 of a value; where a gate stands between two experts that sends a
// token to the other one, and the losses part from there on.
describe.each([
  ["all weights of a dense model", "dense", 1e-5, []],
  ["experts and all else", "experts", 1e-3, []],
  [
    "adapters beside a frozen decoder",
    "experts",
    1e-3,
    [
      'model.lora={"rank":4,"alpha":8}',
      'stages.shared.trains=["tokenExperts","tokenRouter","projector","lora"]',
    ],
  ],
] as const)("two ranks that train %s", (name, model, tolerance, sets) => {
  it(`have the losses of one rank over ${steps} steps, the first to 1e-6 and all within ${tolerance}`, async () => {
    const runs = name.replaceAll(" ", "-");
    const alone = await recorded(model, 1, runs, sets);
    const both = await recorded(model, 2, runs, sets);
    expect([...both.keys()].sort()).toEqual([...alone.keys()].sort());
    const apart = (key: string): number =>
      Math.abs((both.get(key) ?? Number.NaN) / (alone.get(key) ?? Number.NaN) - 1);
    for (const key of ["0/loss", "0/gradientNorm"]) expect([key, apart(key) < 1e-6]).toEqual([key, true]);
    for (const [key, value] of alone)
      if (key.startsWith("0/load.")) expect([key, both.get(key)]).toEqual([key, value]);
    const losses = Array.from({ length: steps }, (_, step) => apart(`${step}/loss`));
    expect(Math.max(...losses)).toBeLessThan(tolerance);
  });
});
