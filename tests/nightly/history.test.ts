// Runs that were really made, beside each other: what differs, how far apart they are, and out of the way and back.
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  runsCompareDocument,
  runsDiffDocument,
  runsLsDocument,
} from "../../ts/cli/commands/runs/document.ts";
import { runsGcDocument, runsRmDocument } from "../../ts/cli/commands/trash/document.ts";
import { whyDocument } from "../../ts/cli/commands/why/document.ts";
import { type CliOptions, tomoe } from "../support/cli.ts";
import { documentOf, type ToyRun, toyRecipe, toyRun } from "../support/toy-run.ts";

let first: ToyRun;
let options: CliOptions;
let a: string;
let b: string;

/** The document of a command that must succeed. */
async function document(...words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await tomoe([...words, "--json"], options);
  if (code !== 0) throw new Error(`tomoe ${words.join(" ")} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  first = await toyRun("history");
  ({ options } = first);
  a = first.document.runId;
  const changed = ["--seed", "6", "--set", "stages.shared.steps=20", "--tag", "arm=short"];
  const { code, stdout, stderr } = await tomoe(["run", toyRecipe, ...changed, "--json"], options);
  if (code !== 0) throw new Error(`tomoe run ended with ${code}:\n${stderr}`);
  b = documentOf(stdout).runId;
});

afterAll(() => first.remove());

describe("two runs of one recipe", () => {
  it("differ in what was set and in nothing else", async () => {
    const { differences, equal } = runsDiffDocument.parse(await document("runs", "diff", a, b));
    expect(differences).toEqual([
      { kind: "seed", path: "seed", a: 5, b: 6 },
      { kind: "config", path: "stages.shared.steps", a: 40, b: 20 },
    ]);
    expect(equal).toMatchObject({ seed: 0, environment: expect.any(Number) });
    expect(equal.config).toBeGreaterThan(100);
    expect(equal.data).toBeGreaterThan(3);
  });

  it("are apart by the paired difference of each metric, over the same held-out items", async () => {
    const { gap, causes, warnings } = whyDocument.parse(await document("why", a, b));
    expect(warnings.filter(({ code }) => code === "NOT_PAIRED")).toEqual([]);
    expect(causes.map(({ kind }) => kind)).toEqual(["seed", "config"]);
    expect(gap.length).toBeGreaterThan(5);
    for (const one of gap) {
      expect(one.difference).toBeCloseTo(one.b - one.a, 12);
      expect(one.ciLow).toBeLessThanOrEqual(one.difference + 1e-12);
      expect(one.ciHigh).toBeGreaterThanOrEqual(one.difference - 1e-12);
      expect(one.separable).toBe(one.ciLow > 0 || one.ciHigh < 0);
    }
    const metrics = gap.map(({ task, metric }) => `${task}/${metric}`);
    for (const name of ["report/rouge1", "closed-vqa/accuracy.micro", "open-vqa/exact"])
      expect(metrics).toContain(name);
    expect(gap.every(({ paired }) => paired)).toBe(true);
  });

  it("stand beside each other with intervals, their losses too", async () => {
    const told = runsCompareDocument.parse(await document("runs", "compare", a, b));
    const [entry] = told.metrics.filter(({ metric }) => metric === "accuracy.micro");
    expect(entry?.values.map((value) => value?.runId)).toEqual([a, b]);
    const loss = told.training.find(({ stage, name }) => stage === "shared" && name === "loss");
    expect(loss?.values.map((value) => value?.step)).toEqual([39, 19]);
    expect(told.comparison.filter(({ primary }) => primary)).toHaveLength(3);
  });

  it("are found by what they were set to, by tags and by what they scored", async () => {
    const found = async (filter: string) =>
      runsLsDocument.parse(await document("runs", "ls", "--filter", filter)).runs.map(({ runId }) => runId);
    expect(await found("stages.shared.steps<40")).toEqual([b]);
    expect(await found("tag.arm=short or seed=5")).toEqual([a, b]);
    expect(await found("closed-vqa/accuracy.micro.n>0 and not tag.arm=short")).toEqual([a]);
  });

  it("go out of the way and come back; the one that is left is the latest", async () => {
    const rm = runsRmDocument.parse(await document("runs", "rm", b));
    expect(rm.bytes).toBeGreaterThan(100_000);
    expect(existsSync(join(first.folder, "runs", b))).toBe(false);
    const { run } = (await document("runs", "show", "latest")) as { run: { runId: string } };
    expect(run.runId).toBe(a);
    const dry = runsGcDocument.parse(await document("runs", "gc", "--dry-run"));
    expect(dry.runs.map(({ runId }) => runId)).toEqual([b]);
    await document("runs", "restore", b);
    const back = runsLsDocument.parse(await document("runs", "ls")).runs;
    expect(back.map(({ runId, status }) => [runId, status])).toEqual([
      [a, "finished"],
      [b, "finished"],
    ]);
  });
});
