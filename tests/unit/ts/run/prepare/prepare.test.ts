import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ResolvedExperiment } from "../../../../../ts/config/index.ts";
import { casesOf } from "../../../../../ts/data/dataset/index.ts";
import { defaultSpaceWait, SpaceWaiter } from "../../../../../ts/files/index.ts";
import { contractDigest } from "../../../../../ts/run/prepare/contract.ts";
import { fingerprintOf, tokenizerLines } from "../../../../../ts/run/prepare/facts.ts";
import { prepareCorpus } from "../../../../../ts/run/prepare/prepare.ts";
import type { RunProgress } from "../../../../../ts/run/progress.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";

async function prepared(resolved: ResolvedExperiment, workDir = freshFolder()) {
  const progress: RunProgress[] = [];
  const corpus = await prepareCorpus({
    resolved,
    workDir,
    signal: new AbortController().signal,
    onProgress: (event) => {
      progress.push(event);
    },
    space: new SpaceWaiter(defaultSpaceWait, () => undefined),
  });
  return { corpus, progress, workDir };
}

/** Every file below a folder with the time it was written. */
function stamps(folder: string): readonly (readonly [string, number])[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => [name, statSync(join(folder, name)).mtimeMs] as const);
}

describe("prepareCorpus", () => {
  it("has every case of training and evaluation cached, and a receipt of each that is evaluated", async () => {
    const resolved = resolvedWith();
    const { corpus, workDir } = await prepared(resolved);
    const { volumes, slices, cached, receipts } = corpus;
    const ids = [
      ...casesOf(volumes, "train"),
      ...casesOf(volumes, "test"),
      ...(slices === null ? [] : casesOf(slices, "train")),
    ].map(({ row }) => row.case);
    expect([...cached.keys()].sort()).toEqual([...ids].sort());
    expect([...receipts.keys()]).toEqual(casesOf(volumes, "test").map(({ row }) => row.case));
    expect(corpus).toMatchObject({
      cacheDir: join(workDir, "cache"),
      preprocessDigest: contractDigest(resolved),
      fingerprint: fingerprintOf(slices === null ? [volumes] : [volumes, slices]),
      patchClasses: slices?.manifest.patchClasses.length,
    });
    expect(corpus.facts.length).toBeGreaterThan(2);
    expect(corpus.tokenizerLines.length).toBeGreaterThan(50);
    // Who fits no tokenizer reads no question for one.
    expect(Object.getOwnPropertyDescriptor(corpus, "tokenizerLines")?.get).toBeInstanceOf(Function);
    expect(corpus.tokenizerLines).toEqual(tokenizerLines(slices === null ? [volumes] : [volumes, slices]));
    // What is held out only for validation is not read.
    expect(casesOf(volumes, "validation").some(({ row }) => cached.has(row.case))).toBe(false);
  });

  it("reads the validation split where something is measured on it, as many volumes as are looked at", async () => {
    const valid = (wishes: string) =>
      resolvedWith("data.volumes.validation=2", `validation={"every":2${wishes}}`);
    const cachedOf = async (resolved: ResolvedExperiment): Promise<number> => {
      const { corpus } = await prepared(resolved);
      return casesOf(corpus.volumes, "validation").filter(({ row }) => corpus.cached.has(row.case)).length;
    };
    expect(await cachedOf(valid(""))).toBe(2);
    expect(await cachedOf(valid(',"volumes":1'))).toBe(1);
  });

  it("tells its phases in their order, each to its end", async () => {
    const { progress } = await prepared(resolvedWith());
    const phases = progress.flatMap((event) => (event.kind === "phase" ? [event] : []));
    expect([...new Set(phases.map(({ phase }) => phase))]).toEqual([
      "generate volumes",
      "generate slices",
      "read volumes",
      "read held-out volumes",
      "read slices",
    ]);
    for (const name of new Set(phases.map(({ phase }) => phase))) {
      const last = phases.findLast(({ phase }) => phase === name);
      expect([name, last?.done]).toEqual([name, last?.total]);
    }
  });

  it("makes nothing anew at a second start and gives the same material", async () => {
    const resolved = resolvedWith();
    const first = await prepared(resolved);
    const before = stamps(first.workDir);
    const second = await prepared(resolved, first.workDir);
    expect(second.corpus).toEqual(first.corpus);
    expect(stamps(first.workDir)).toEqual(before);
  });

  it("gives the same material in another folder: nothing of the place is in it but the place", async () => {
    const resolved = resolvedWith();
    const [one, other] = [await prepared(resolved), await prepared(resolved)];
    expect(other.corpus.fingerprint).toBe(one.corpus.fingerprint);
    expect(other.corpus.cached).toEqual(one.corpus.cached);
    expect(other.corpus.tokenizerLines).toEqual(one.corpus.tokenizerLines);
  });

  it("has neither slices nor patch classes where nothing is pre-trained", async () => {
    const { corpus } = await prepared(resolvedWith("data.slices=0", "model.base.pretrain=[]"));
    expect([corpus.slices, corpus.patchClasses, corpus.cached.size]).toEqual([null, 0, 8]);
  });

  it("refuses an empty split by its name, before anything is cached", async () => {
    const { workDir } = await prepared(resolvedWith());
    const folder = join(workDir, "phantom-ct");
    const cases = join(folder, "cases.jsonl");
    writeFileSync(cases, readFileSync(cases, "utf8").replaceAll('"split":"test"', '"split":"validation"'));
    const again = freshFolder();
    const own = resolvedWith(
      `data={"kind":"folder","path":${JSON.stringify(folder)},"sizeDHW":[16,24,24],"windowHu":{"low":-1000,"high":1000}}`,
      "model.base.pretrain=[]",
    );
    const failure = await caught(() => prepared(own, again));
    expect([failure.code, failure.what]).toEqual([
      "DATA_EMPTY",
      "the dataset has 5 cases to train on and 0 to evaluate on",
    ]);
    expect(failure.hint).toBe('Fill the splits "train" and "test".');
    expect(readdirSync(again)).toEqual([]);
  });

  it("evaluates on the split that the recipe names", async () => {
    const { corpus } = await prepared(resolvedWith("evaluation.split=validation"));
    expect(corpus.receipts.size).toBe(1);
  });
});
