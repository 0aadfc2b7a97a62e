import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allStages, buildStageSpec } from "../../../../../../ts/config/index.ts";
import type { Corpus } from "../../../../../../ts/run/prepare/material.ts";
import { trainAttempt } from "../../../../../../ts/run/train/attempt.ts";
import { checkLengths } from "../../../../../../ts/run/train/before/lengths.ts";
import { readEvents } from "../../../../../../ts/track/read/index.ts";
import type { LengthText } from "../../../../../../ts/worker/index.ts";
import { caught } from "../../../../../support/caught.ts";
import { corpusOf, newJob, type TestJob } from "../../fixtures.ts";

const long = "a very long word of a report ".repeat(20);

/** Material with one item changed: its case in the volumes, and its place there. */
function corpusWith(place: number, at: number, change: object): Corpus {
  const corpus = corpusOf();
  const cases = corpus.volumes.cases.map((entry, index) =>
    index === place
      ? { ...entry, items: entry.items.map((item, own) => (own === at ? { ...item, ...change } : item)) }
      : entry,
  );
  return { ...corpus, volumes: { ...corpus.volumes, cases } };
}

/** What the worker was asked, call by call; its positions are those of the script. */
async function asked(test: TestJob): Promise<readonly (readonly [number, readonly LengthText[]])[]> {
  const { job, pool } = await test.attempt();
  const calls: (readonly [number, readonly LengthText[]])[] = [];
  const ranks = pool.ranks.map((rank) => ({
    checkLengths: (depth: number, texts: readonly LengthText[]) => {
      calls.push([depth, texts]);
      return rank.checkLengths(depth, texts);
    },
  }));
  await checkLengths({ job, pool: { ...pool, ranks: ranks as unknown as typeof pool.ranks } });
  return calls;
}

describe("checkLengths", () => {
  it("asks for every distinct text that is trained on or asked, at the depth of its volumes", async () => {
    const [[one, slices] = [], [many, volumes] = []] = await asked(await newJob());
    expect([one, many]).toEqual([1, 16]);
    // A report of its own for each of six slices, and two questions that are the same for all.
    expect(slices).toHaveLength(6 + 2);
    const plane = "Which plane is shown? Choices: A. axial B. coronal C. sagittal D. oblique";
    expect(slices).toContainEqual({ prompt: plane, answer: "coronal", reserve: 0 });
    // What is asked of the held-out cases: each option, and room for what is generated.
    const options = (volumes ?? []).filter(({ prompt }) => prompt === plane);
    expect(options.map(({ answer }) => answer).sort()).toEqual(["axial", "coronal", "oblique", "sagittal"]);
    expect(volumes).toContainEqual({ prompt: "Write a report.", answer: "", reserve: 8 });
    expect(volumes).toContainEqual({ prompt: "Which organ?", answer: "", reserve: 8 });
    expect(volumes).toContainEqual({
      prompt: "Write a report.",
      answer: "the spleen of words-train-0",
      reserve: 0,
    });
    expect(volumes).toHaveLength(5 + 4 + 1 + 1 + 1);
  });

  it("asks for no text of what no stage reads", async () => {
    const facts = 'stages.shared.objectives={"facts":1}';
    const flat = 'model.base.pretrain.flat.objectives={"patches":1}';
    const silent = ['stages.specific.objectives={"facts":1}', facts, flat];
    const calls = await asked(await newJob({ set: silent }));
    expect(calls.map(([depth]) => depth)).toEqual([16]);
    expect(calls[0]?.[1].some(({ answer }) => answer.startsWith("the spleen"))).toBe(false);
  });

  it("sends what many texts hold in several calls", async () => {
    const bulky = corpusOf();
    const cases = bulky.volumes.cases.map((entry, index) => ({
      ...entry,
      items: entry.items.map((item) =>
        item.task === "report" ? { ...item, target: `${index} ${"x".repeat(900_000)}` } : item,
      ),
    }));
    const corpus = { ...bulky, volumes: { ...bulky.volumes, cases } };
    const calls = (await asked(await newJob({ corpus }))).filter(([depth]) => depth === 16);
    expect(calls.length).toBe(3);
    expect(calls.flatMap(([, texts]) => texts)).toHaveLength(12);
    for (const [, texts] of calls)
      expect(texts.reduce((sum, { prompt, answer }) => sum + prompt.length + answer.length, 0)).toBeLessThan(
        2_000_001,
      );
  });

  it.each([
    ["a report that is trained on", 1, 0, { target: long }, "words-train-1-r", "train", 595],
    ["a question that is trained on", 2, 2, { question: long }, "words-train-2-o", "train", 586],
    ["a question that is held out", 6, 2, { question: long }, "words-test-1-o", "evaluate", 588],
  ])("names %s, with its case and what it needs", async (_, place, at, change, id, use, needed) => {
    const test = await newJob({ script: { positions: 200 }, corpus: corpusWith(place, at, change) });
    const error = await caught(async () => checkLengths(await test.attempt()));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toBe(
      `[DATA_MANIFEST] 1 item does not fit the 200 positions of the model: item "${id}" of case "${id.slice(0, -2)}" needs ${needed} to ${use}`,
    );
    expect(error.hint).toMatch(/Shorten them or leave their items out/);
    expect(error.details).toMatchObject({
      limit: 200,
      count: 1,
      problems: [{ item: id, case: id.slice(0, -2), use, needed }],
    });
  });

  it("names every item that has the same long text, and counts those beyond the first", async () => {
    const corpus = corpusOf();
    const cases = corpus.volumes.cases.map((entry) => ({
      ...entry,
      items: entry.items.map((item) => (item.task === "report" ? { ...item, target: long } : item)),
    }));
    const test = await newJob({
      script: { positions: 200 },
      corpus: { ...corpus, volumes: { ...corpus.volumes, cases } },
    });
    const error = await caught(async () => checkLengths(await test.attempt()));
    expect(error.message).toMatch(/^\[DATA_MANIFEST\] 5 items do not fit .*; and 2 more$/);
    expect(error.details).toMatchObject({ count: 5 });
  });
});

describe("reports that do not fit", () => {
  const cut = ["stages.shared.tooLong=cut-report", "stages.specific.tooLong=cut-report"];
  const started = async (set: readonly string[], change: Corpus) => {
    const test = await newJob({ set, script: { positions: 200 }, corpus: change });
    return { test, check: async () => checkLengths(await test.attempt()) };
  };

  it("are cut where every stage that reads them says so: told, recorded, all of them in a file", async () => {
    const { test, check } = await started(cut, corpusWith(1, 0, { target: long }));
    await check();
    const prompt = "Write a report.".length;
    const told = {
      case: "words-train-1",
      item: "words-train-1-r",
      needed: prompt + long.length,
      tokens: long.length,
      // The scripted worker counts letters, and no end.
      kept: 201 - prompt,
    };
    expect(test.notices).toEqual([
      `1 report is cut to fit the 200 positions of the model: item "words-train-1-r" of case "words-train-1" keeps ${told.kept} of ${told.tokens} tokens; cut.json names all`,
    ]);
    const { owned } = test.job;
    expect(JSON.parse(readFileSync(join(owned.dir, "cut.json"), "utf8"))).toEqual({
      limit: 200,
      count: 1,
      items: [told],
    });
    const events = await readEvents(owned.paths.events);
    expect(events.map(({ kind, data }) => [kind, data])).toEqual([
      ["reports-cut", { limit: 200, count: 1, items: [told] }],
    ]);
  });

  it("are counted, and the first of them named", async () => {
    const corpus = corpusOf();
    const cases = corpus.volumes.cases.map((entry) => ({
      ...entry,
      items: entry.items.map((item) =>
        item.task === "report" ? { ...item, target: `${long}${item.id}` } : item,
      ),
    }));
    const { test, check } = await started(cut, { ...corpus, volumes: { ...corpus.volumes, cases } });
    await check();
    expect(test.notices[0]).toMatch(/^5 reports are cut to fit .*; and 2 more; cut\.json names all$/);
  });

  it.each([
    ["one of the stages refuses them", cut.slice(0, 1), 1, 0, { target: long }],
    ["what is too long is an answer and no report", cut, 1, 2, { target: long }],
    ["what is too long is the question", cut, 1, 0, { question: long }],
    ["it is asked, not trained on", cut, 6, 0, { question: long }],
  ])("are refused where %s", async (_, set, place, at, change) => {
    const { test, check } = await started(set, corpusWith(place, at, change));
    const error = await caught(check);
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.hint).toContain("tooLong of the stages");
    expect(existsSync(join(test.job.owned.dir, "cut.json"))).toBe(false);
  });

  it("are told as the worker is told to cut them", async () => {
    const { test } = await started(cut, corpusWith(1, 0, { target: long }));
    const specs = allStages(test.job.resolved.config).map(({ stage, index }) =>
      buildStageSpec(test.job.resolved.config, stage, index),
    );
    expect(specs.map(({ tooLong }) => tooLong)).toEqual(["refuse", "cut-report", "cut-report"]);
  });

  it("leave no file behind where none is too long", async () => {
    const { test, check } = await started(cut, corpusOf());
    await check();
    expect([test.notices, existsSync(join(test.job.owned.dir, "cut.json"))]).toEqual([[], false]);
  });
});

describe("an attempt", () => {
  it("ends before its first step when a text does not fit", async () => {
    const test = await newJob({ script: { positions: 200 }, corpus: corpusWith(0, 0, { target: long }) });
    const error = await caught(async () => trainAttempt(await test.attempt()));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(test.workers.calls).toEqual(["1 fitTokenizer", "1 createModel"]);
  });

  it("does not ask again where a checkpoint says that it was asked", async () => {
    const test = await newJob();
    expect(await trainAttempt(await test.attempt())).toBe(true);
    const attempt = await test.attempt();
    const ranks = attempt.pool.ranks.map((rank) => {
      rank.checkLengths = () => Promise.reject(new Error("asked again"));
      return rank;
    });
    expect(ranks).toHaveLength(1);
    expect(await trainAttempt(attempt)).toBe(true);
  });

  it("asks for the texts of mirror images too, which are trained on", async () => {
    const corpus = corpusOf();
    const [first] = corpus.volumes.cases;
    if (first === undefined) throw new Error("no case");
    const items = first.items.map((item) => ({ ...item, target: `the other side of ${item.target}` }));
    const mirrors = new Map([[first.row.case, { entry: { ...first, items } }]]);
    const calls = await asked(await newJob({ corpus: { ...corpus, mirrors } }));
    expect(calls[1]?.[1].filter(({ answer }) => answer.startsWith("the other side"))).toHaveLength(3);
  });
});
