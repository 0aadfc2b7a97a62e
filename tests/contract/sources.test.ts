// The suite of every kind of data: a source is a row of ts/run/prepare/sources and of ts/config/sources, and comes
// with an example here.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceProblems } from "../../ts/config/sources.ts";
import { casesOf } from "../../ts/data/dataset/index.ts";
import { writePhantomDataset } from "../../ts/data/phantom/index.ts";
import { defaultSpaceWait, SpaceWaiter } from "../../ts/files/index.ts";
import { type OpenedData, sourceOf } from "../../ts/run/prepare/sources.ts";
import type { ExperimentConfig } from "../../ts/schema/experiment.ts";
import { dataOption } from "../../ts/schema/options/data.ts";
import { caught } from "../support/caught.ts";
import { tableExample } from "../support/layouts/own.ts";
import { freshFolder, resolvedWith } from "../unit/ts/run/fixtures.ts";

type Kind = ExperimentConfig["data"]["kind"];

const sizeDHW = [16, 24, 24] as const;

/** A folder of scans as a user has one, and the configuration that names it. */
async function folderConfig(): Promise<ExperimentConfig> {
  const path = join(freshFolder(), "scans");
  await writePhantomDataset(path, { seed: 4, volumes: { train: 3, validation: 0, test: 2 }, sizeDHW });
  const data = { kind: "folder", path, sizeDHW, windowHu: { low: -1000, high: 1000 } };
  return resolvedWith(`data=${JSON.stringify(data)}`, "model.base.pretrain=[]").config;
}

/** A data set in a layout, of which both splits that a run asks for are there. */
async function layoutConfig(): Promise<ExperimentConfig> {
  const { path } = await tableExample(freshFolder());
  const data = { kind: "layout", layout: "table", path, sizeDHW, windowHu: { low: -1000, high: 1000 } };
  return resolvedWith(`data=${JSON.stringify(data)}`, "model.base.pretrain=[]").config;
}

/** A new source does not compile without one. */
const examples: { readonly [K in Kind]: () => Promise<ExperimentConfig> } = {
  phantom: async () => await Promise.resolve(resolvedWith().config),
  folder: folderConfig,
  layout: layoutConfig,
};

async function opened(config: ExperimentConfig, workDir = freshFolder()): Promise<OpenedData> {
  return await sourceOf(config.data).open({
    config,
    workDir,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    space: new SpaceWaiter(defaultSpaceWait, () => undefined),
  });
}

describe("every source", () => {
  it("that a recipe may name has an example here", () => {
    const kinds = dataOption.of.map(({ options }) => options.kind.value);
    expect(Object.keys(examples).sort()).toEqual([...kinds].sort());
  });

  it.each(Object.entries(examples))("%s finds nothing wrong with its example", async (kind, example) => {
    const { data } = await example();
    expect(data.kind).toBe(kind);
    expect(sourceProblems(data, false)).toEqual([]);
    expect(sourceOf(data).stack(data)).toMatch(/^\w/);
  });

  it.each(Object.entries(examples))(
    "%s counts the volumes that it opens, without making any",
    async (_kind, example) => {
      const config = await example();
      const counts = await sourceOf(config.data).count(config);
      const { volumes } = await opened(config);
      expect(counts).toEqual({
        train: casesOf(volumes, "train").length,
        evaluate: casesOf(volumes, config.evaluation.split).length,
      });
      expect(counts.train).toBeGreaterThan(0);
      expect(counts.evaluate).toBeGreaterThan(0);
    },
  );

  it.each(Object.entries(examples))(
    "%s has ids that are unique, and no subject in two splits",
    async (_kind, example) => {
      const { volumes, slices } = await opened(await example());
      for (const { cases } of slices === null ? [volumes] : [volumes, slices]) {
        const ids = cases.map(({ row }) => row.case),
          items = cases.flatMap((one) => one.items.map(({ id }) => id));
        expect([new Set(ids).size, new Set(items).size]).toEqual([ids.length, items.length]);
        const splits = new Map<string, string>();
        const leaks = cases.filter(({ row }) => {
          const before = splits.get(row.subject) ?? row.split;
          splits.set(row.subject, row.split);
          return before !== row.split;
        });
        expect(leaks).toEqual([]);
      }
    },
  );

  it.each(Object.entries(examples))("%s is the same data at a second start", async (_kind, example) => {
    const config = await example(),
      workDir = freshFolder();
    const [first, again] = [await opened(config, workDir), await opened(config, workDir)];
    expect(again.volumes.fingerprint).toBe(first.volumes.fingerprint);
    expect(again.slices?.fingerprint).toBe(first.slices?.fingerprint);
  });

  it.each(Object.entries(examples))(
    "%s refuses half a data set with its place and a hint",
    async (_kind, example) => {
      const config = await example(),
        workDir = freshFolder();
      const { volumes } = await opened(config, workDir);
      // Of one's own tables every .jsonl is one.
      writeFileSync(join(volumes.folder, "items.jsonl"), '{"id":"i1","case":"no-such-case"');
      const refused = await caught(() => opened(config, workDir));
      expect(refused.exitCode).toBe(65);
      expect(refused.message).toContain("items.jsonl");
      expect(refused.hint).toMatch(/^[A-Z].*\.$/);
    },
  );
});
