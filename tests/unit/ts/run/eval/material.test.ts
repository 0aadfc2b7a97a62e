import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "../../../../../ts/data/phantom/index.ts";
import { type MaterialWish, openMaterial } from "../../../../../ts/run/eval/material.ts";
import { beginUse, knownUses } from "../../../../../ts/run/prepare/cache-use.ts";
import type { RunProgress } from "../../../../../ts/run/progress.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";
import { noSpace } from "./parts.ts";

/** A data set's folder: so many phantoms of each split. */
async function dataset(test = 2, seed = 8): Promise<string> {
  const folder = join(freshFolder(), "data");
  await writePhantomDataset(folder, {
    seed,
    volumes: {
      train: 1,
      validation: 0,
      test,
    },
    sizeDHW: [16, 24, 24],
  });
  return folder;
}

function wish(change: Partial<MaterialWish> = {}) {
  const progress: RunProgress[] = [];
  const whole: MaterialWish = {
    resolved: resolvedWith(),
    data: null,
    tasks: ["report", "closed-vqa", "open-vqa"],
    root: freshFolder(),
    space: noSpace,
    signal: new AbortController().signal,
    onProgress: (event) => {
      progress.push(event);
    },
    ...change,
  };
  return { whole, progress };
}

describe("the material of an evaluation", () => {
  it("of a run on phantoms is drawn without its training volumes, whose texts are there all the same", async () => {
    const { whole } = wish();
    const material = await openMaterial(whole);
    expect(material.cases.map(({ id }) => id)).toEqual(["test-00000", "test-00001", "test-00002"]);
    expect(material.training).toHaveLength(5);
    const [folder = ""] = readdirSync(whole.root);
    const drawn = readdirSync(join(whole.root, folder, "phantom-ct", "volumes"));
    expect(drawn.filter((name) => name.startsWith("train"))).toEqual([]);
    expect([...material.receipts.keys()]).toEqual(material.cases.map(({ id }) => id));
  });

  it("is not drawn or read again, and is the same", async () => {
    const { whole } = wish();
    const first = await openMaterial(whole);
    const stamps = () =>
      readdirSync(first.cacheDir).map((name) => [name, statSync(join(first.cacheDir, name)).mtimeMs]);
    const before = stamps();
    const again = await openMaterial(wish({ root: whole.root }).whole);
    expect(stamps()).toEqual(before);
    expect(again.digest).toBe(first.digest);
    expect(again.cases).toEqual(first.cases);
  });

  it("has the questions of the tasks that are evaluated alone, and another digest", async () => {
    const { whole } = wish();
    const all = await openMaterial(whole);
    const some = await openMaterial(
      wish({
        root: whole.root,
        tasks: ["open-vqa"],
      }).whole,
    );
    const tasks = some.cases.flatMap(({ items }) => items.map(({ task }) => task));
    expect(new Set(tasks)).toEqual(new Set(["open-vqa"]));
    expect(some.digest).not.toBe(all.digest);
  });

  it("of another data set is its own test cases, while the training cases stay the run's", async () => {
    const data = await dataset(2);
    const { whole } = wish({ data });
    const material = await openMaterial(whole);
    expect(material.heldOut.map(({ row }) => row.case)).toEqual(["test-00000", "test-00001"]);
    const run = await openMaterial(wish().whole);
    expect(material.training).toEqual(run.training);
    expect(material.heldOut[0]?.row.subject).not.toBe(run.heldOut[0]?.row.subject);
  });

  it("of two data sets lies in two places", async () => {
    const { whole } = wish({ data: await dataset(1) });
    await openMaterial(whole);
    await openMaterial(
      wish({
        root: whole.root,
        data: await dataset(1, 9),
      }).whole,
    );
    expect(readdirSync(whole.root).filter((name) => name.startsWith("volumes-"))).toHaveLength(2);
  });
});

describe("material that is not there", () => {
  it("is a folder that is none, with its path", async () => {
    const missing = join(freshFolder(), "nowhere");
    const failure = await caught(() => openMaterial(wish({ data: missing }).whole));
    expect([failure.code, failure.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    expect(failure.message).toContain(missing);
  });

  it("is a split without cases, with the name of the split", async () => {
    const data = await dataset(0);
    const failure = await caught(() => openMaterial(wish({ data }).whole));
    expect([failure.code, failure.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(failure.message).toContain('no case in the split "test"');
    expect(failure.details).toEqual({
      split: "test",
      cases: 1,
    });
  });

  it("is a split that asks nothing of the tasks that are evaluated", async () => {
    const data = await dataset(1);
    const items = readFileSync(join(data, "items.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .filter((line) => !line.includes('"report"'));
    writeFileSync(join(data, "items.jsonl"), `${items.join("\n")}\n`);
    const manifest = JSON.parse(readFileSync(join(data, "manifest.json"), "utf8")) as object;
    writeFileSync(
      join(data, "manifest.json"),
      JSON.stringify({
        ...manifest,
        items: items.length,
      }),
    );
    const failure = await caught(() =>
      openMaterial(
        wish({
          data,
          tasks: ["report"],
        }).whole,
      ),
    );
    expect(failure.code).toBe("DATA_EMPTY");
    expect(failure.message).toContain('asks nothing of report in "test"');
  });

  it("is the training of a run whose folder is gone: it is told, and the rest goes on", async () => {
    const own = await dataset(1);
    const resolved = resolvedWith(
      `data={"kind":"folder","path":${JSON.stringify(own)},"sizeDHW":[16,24,24],"windowHu":{"low":-1000,"high":1000}}`,
      "model.base.pretrain=[]",
    );
    const data = await dataset(1, 9);
    rmSync(own, { recursive: true });
    const { whole, progress } = wish({
      resolved,
      data,
    });
    const material = await openMaterial(whole);
    expect(material.training).toBeNull();
    expect(progress).toContainEqual({
      kind: "notice",
      text: "the data that the run was trained on is not there any more",
    });
    expect(material.cases).toHaveLength(1);
  });

  it("of scans on the disk is read from the cache of the project, and is the same", async () => {
    const data = await dataset(2, 11);
    const folder = join(freshFolder(), "rows");
    const { signal } = new AbortController();
    const shards = await openMaterial(wish({ data }).whole);
    const use = await beginUse({
      folder,
      kind: "eval",
      of: "/evals/e1",
      space: noSpace,
      signal,
      notice: () => undefined,
    });
    for (const isDoubted of [false, false, true]) {
      const material = await openMaterial(wish({ data, use, isDoubted }).whole);
      expect(material.rowsDir).toBe(join(folder, "rows"));
      expect(material.digest).toBe(shards.digest);
      expect(material.receipts).toEqual(shards.receipts);
      expect(material.cases.map(({ volume }) => volume.tensor)).not.toEqual(
        shards.cases.map(({ volume }) => volume.tensor),
      );
    }
    await use.release();
    expect((await knownUses(folder)).map(({ kind, keys }) => [kind, keys.length])).toEqual([["eval", 2]]);
  });

  it("is a scan that cannot be read, by the reader's own name for it", async () => {
    const data = await dataset(1);
    writeFileSync(join(data, "volumes", "test-00000.nii"), "no scan");
    const failure = await caught(() => openMaterial(wish({ data }).whole));
    expect(failure.code).toMatch(/^DATA_/);
    expect(failure.exitCode).toBe(65);
  });
});
