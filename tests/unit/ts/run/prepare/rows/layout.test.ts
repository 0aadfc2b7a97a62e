import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { casesOf } from "../../../../../../ts/data/dataset/index.ts";
import { certifyData } from "../../../../../../ts/run/data/certify.ts";
import { openLayout } from "../../../../../../ts/run/prepare/rows/layout.ts";
import { sourceOf } from "../../../../../../ts/run/prepare/sources.ts";
import type { ExperimentConfig } from "../../../../../../ts/schema/experiment.ts";
import { caught } from "../../../../../support/caught.ts";
import { age, indexesIn, wholeOf } from "../../../../../support/indexed.ts";
import { cleanFolder } from "../../../../../support/own-folder.ts";
import { freshFolder, resolvedWith } from "../../fixtures.ts";

type LayoutConfig = Parameters<typeof openLayout>[0];

const nothing = (): void => undefined;
const { signal } = new AbortController();

async function example(more: object = {}) {
  const path = await cleanFolder(join(freshFolder(), "own"));
  age(path);
  const data = {
    kind: "layout",
    layout: "table",
    path,
    sizeDHW: [16, 24, 24],
    windowHu: { low: -1000, high: 1000 },
    ...more,
  };
  const config = resolvedWith(`data=${JSON.stringify(data)}`, "model.base.pretrain=[]")
    .config as LayoutConfig;
  const index = freshFolder();
  const notices: string[] = [];
  const notice = (line: string): void => {
    notices.push(line);
  };
  const table = join(path, "rows.csv");
  return { config, path, table, index, notices, use: { index, notice, signal } };
}

const drawn = { split: { train: 0.5, validation: 0, test: 0.5, by: "patient" } };

describe("a data set of a layout in a run", () => {
  it("is the same with an index, and the second time out of it, also where splits are drawn", async () => {
    for (const more of [{}, drawn]) {
      const { config, index, notices, use } = await example(more);
      const { volumes: plain } = await openLayout(config, { index: null });
      for (let time = 0; time < 2; time++) {
        const { volumes, skipped, certified } = await openLayout(config, use);
        expect(wholeOf(volumes)).toEqual(wholeOf(plain));
        expect([skipped, certified]).toEqual([null, null]);
        for (const split of ["train", "test"] as const)
          expect(casesOf(volumes, split).map(({ row }) => row.case)).toEqual(
            casesOf(plain, split).map(({ row }) => row.case),
          );
      }
      expect([indexesIn(index).length, notices]).toEqual([1, []]);
    }
  });

  it("shares an index among seeds and shares of drawn splits, which come after the rows", async () => {
    const { config, index, use } = await example(drawn);
    const first = await openLayout(config, use);
    const other = await openLayout({ ...config, seed: config.seed + 1 }, use);
    expect(other.volumes.fingerprint).not.toBe(first.volumes.fingerprint);
    expect(indexesIn(index)).toHaveLength(1);
  });

  it("is held to its certificate out of an index as out of its tables", async () => {
    const { config, path, table, index, use } = await example();
    const certificate = join(freshFolder(), "certificate.json");
    const out = freshFolder();
    await certifyData({ path, certificate, open: {}, out, signal, onProgress: nothing, notice: nothing });
    const certain = { ...config, data: { ...config.data, certificate } };
    const [first, second] = [await openLayout(certain, use), await openLayout(certain, use)];
    expect(indexesIn(index)).toHaveLength(1);
    const scanOf = (id: string): string => `bytes of ${id}`;
    for (const split of ["train", "validation", "test"] as const) {
      const scans = [first, second].map(({ certified }) =>
        certified?.tally.scans(split, certified.splitOf, scanOf),
      );
      expect(scans[1]).toBe(scans[0]);
    }
    writeFileSync(table, readFileSync(table, "utf8").replace("Report 1.", "Report 9."));
    age(path);
    for (let time = 0; time < 2; time++)
      expect((await caught(() => openLayout(certain, use))).message).toContain(
        "train says or asks something else than what was certified",
      );
  });

  it("tells why it is read anew, to a run and to who counts", async () => {
    const { config, table, index, notices, use } = await example();
    const source = sourceOf(config.data);
    const asked = { ...config, tasks: { report: { metrics: ["rouge1" as const] } } };
    const counts = await source.count(asked, use);
    expect(await source.count(asked, use)).toEqual(counts);
    expect(notices).toEqual([]);
    utimesSync(table, 1e9, 1e9);
    expect(await source.count(asked, use)).toEqual(counts);
    const told = `the index of the rows is older than ${table}: all tables are read`;
    expect(notices).toEqual([told]);
    utimesSync(table, 2e9, 2e9);
    const heard: unknown[] = [];
    const job = {
      config,
      workDir: freshFolder(),
      signal,
      index,
      onProgress: (event: unknown) => heard.push(event),
    };
    await source.open(job as unknown as Parameters<typeof source.open>[0]);
    expect(heard).toEqual([{ kind: "notice", text: told }]);
  });

  it("has no index where none is asked for, nor where the cache is off", async () => {
    const { config, index } = await example();
    await openLayout(config, { index: null });
    // The tests' own environment has it off.
    await openLayout(config, {});
    expect(indexesIn(index)).toEqual([]);
  });

  it("refuses what it refuses without one", async () => {
    const { config, path, table, use } = await example();
    await openLayout(config, use);
    const text = readFileSync(table, "utf8");
    writeFileSync(table, text.replace(/train/, "test").replaceAll(/p\d/g, "p1"));
    age(path);
    const plain = await caught(() => openLayout(config, { index: null }));
    const error = await caught(() => openLayout(config, use));
    expect(plain.code).toBe("DATA_LEAK");
    expect([error.code, error.message, error.details]).toEqual([plain.code, plain.message, plain.details]);
    const allowed = { ...config, data: { ...config.data, allowLeak: "a test" } } as ExperimentConfig;
    const open = async (index: string | null) =>
      wholeOf((await openLayout(allowed as LayoutConfig, { ...use, index })).volumes);
    expect(await open(use.index)).toEqual(await open(null));
    expect(await open(use.index)).toEqual(await open(null));
  });
});
