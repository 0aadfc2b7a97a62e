import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { casesOf, type Dataset } from "../../../../../ts/data/dataset/index.ts";
import { phantomCases, writePhantomDataset } from "../../../../../ts/data/phantom/index.ts";
import { defaultSpaceWait, SpaceWaiter } from "../../../../../ts/files/index.ts";
import { isTemplated, sourceOf } from "../../../../../ts/run/prepare/sources.ts";
import type { RunProgress } from "../../../../../ts/run/progress.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { type DatasetRows, datasetRows, writeDataset } from "../../../../support/dataset-folder.ts";
import { age, indexesIn, wholeOf } from "../../../../support/indexed.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { cleanFolder } from "../../../../support/own-folder.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";

const { config } = resolvedWith();

function jobOf(workDir: string) {
  const progress: RunProgress[] = [];
  const { signal } = new AbortController();
  const onProgress = (event: RunProgress): void => {
    progress.push(event);
  };
  return {
    progress,
    job: { config, workDir, signal, onProgress, space: new SpaceWaiter(defaultSpaceWait, () => undefined) },
  };
}

/** A folder of scans as a user has one: two patients to train on, one held out. */
async function scans(): Promise<string> {
  const folder = join(freshFolder(), "scans");
  await writePhantomDataset(folder, {
    seed: 4,
    volumes: { train: 2, validation: 0, test: 1 },
    sizeDHW: [16, 24, 24],
  });
  return folder;
}

function folderConfig(path: string, more = "") {
  return resolvedWith(
    `data={"kind":"folder","path":${JSON.stringify(path)},"sizeDHW":[16,24,24],"windowHu":{"low":-1000,"high":1000}${more}}`,
    "model.base.pretrain=[]",
  ).config;
}

describe("the source of phantoms", () => {
  const source = sourceOf(config.data);

  it("makes volumes and slices of the sizes that the base's patches ask for, and says how far it is", async () => {
    const workDir = freshFolder();
    const { job, progress } = jobOf(workDir);
    const { volumes, slices } = await source.open(job);
    expect([casesOf(volumes, "train").length, casesOf(volumes, "test").length]).toEqual([5, 3]);
    expect(slices?.cases).toHaveLength(6);
    expect(readdirSync(workDir).sort()).toEqual(["phantom-ct", "phantom-slices"]);
    const phases = progress.map((event) => (event.kind === "phase" ? event.phase : event.kind));
    expect([...new Set(phases)]).toEqual(["generate volumes", "generate slices"]);
    expect(progress).toContainEqual({ kind: "phase", phase: "generate volumes", done: 9, total: 9 });
  });

  it("makes nothing anew at a second start: what is there is whole", async () => {
    const workDir = freshFolder();
    const first = await source.open(jobOf(workDir).job);
    const cases = join(workDir, "phantom-ct", "cases.jsonl");
    const before = [statSync(cases).mtimeMs, statSync(join(workDir, "phantom-slices")).mtimeMs];
    const { job, progress } = jobOf(workDir);
    const second = await source.open(job);
    expect(second).toEqual(first);
    expect(progress).toEqual([]);
    expect([statSync(cases).mtimeMs, statSync(join(workDir, "phantom-slices")).mtimeMs]).toEqual(before);
  });

  it("has no slices where none are asked for", async () => {
    const bare = resolvedWith("data.slices=0", "model.base.pretrain=[]").config;
    const workDir = freshFolder();
    const { slices } = await sourceOf(bare.data).open({ ...jobOf(workDir).job, config: bare });
    expect(slices).toBeNull();
    expect(existsSync(join(workDir, "phantom-slices"))).toBe(false);
  });

  it("counts what it would make and makes nothing", async () => {
    expect(await source.count(config)).toEqual({ train: 5, evaluate: 3 });
    const validation = resolvedWith("evaluation.split=validation").config;
    expect(await source.count(validation)).toEqual({ train: 5, evaluate: 1 });
  });

  it("leaves nothing behind when it is stopped", async () => {
    const workDir = freshFolder();
    const failure = await caught(() => source.open({ ...jobOf(workDir).job, signal: AbortSignal.abort() }));
    expect(failure.code).toBe("CANCELLED");
    expect(readdirSync(workDir)).toEqual([]);
  });
});

describe("the source of a folder", () => {
  it("opens the folder where it lies, makes nothing, and has no slices", async () => {
    const path = await scans();
    const own = folderConfig(path);
    const workDir = freshFolder();
    const opened = await sourceOf(own.data).open({ ...jobOf(workDir).job, config: own });
    expect(opened.slices).toBeNull();
    expect(opened.volumes.folder).toBe(path);
    expect([casesOf(opened.volumes, "train").length, casesOf(opened.volumes, "test").length]).toEqual([2, 1]);
    expect(readdirSync(workDir)).toEqual([]);
  });

  it("draws splits by patient when shares are given, fixed by the seed", async () => {
    const path = await scans();
    const shares = `,"split":{"train":0.3,"validation":0,"test":0.7,"by":"patient"}`;
    const own = folderConfig(path, shares);
    const { job } = jobOf(freshFolder());
    const first = await sourceOf(own.data).open({ ...job, config: own }),
      again = await sourceOf(own.data).open({ ...job, config: own });
    expect(casesOf(first.volumes, "train")).toHaveLength(1);
    expect(again.volumes.fingerprint).toBe(first.volumes.fingerprint);
    const other = { ...own, seed: 99 };
    expect((await sourceOf(own.data).open({ ...job, config: other })).volumes.fingerprint).not.toBe(
      first.volumes.fingerprint,
    );
  });

  it("is opened out of an index of its rows the second time, and says where it is read anew", async () => {
    const path = await scans();
    age(path);
    const own = folderConfig(path);
    const index = freshFolder();
    const { job, progress } = jobOf(freshFolder());
    const source = sourceOf(own.data);
    const open = async (where: string | null) =>
      wholeOf((await source.open({ ...job, config: own, index: where })).volumes);
    const plain = await open(null);
    expect(await open(index)).toEqual(plain);
    const before = indexesIn(index);
    expect(await open(index)).toEqual(plain);
    expect(await source.count(own, { index })).toEqual({ train: 2, evaluate: 1 });
    expect([before.length, indexesIn(index), progress]).toEqual([1, before, []]);
    age(path, 500);
    expect(await open(index)).toEqual(plain);
    expect(progress).toEqual([
      {
        kind: "notice",
        text: expect.stringMatching(/^the index of the rows is older than .*manifest\.json: /),
      },
    ]);
  });

  it("counts by really opening it, and reads one scan: what cannot be read is found before the queue", async () => {
    const path = await scans();
    const own = folderConfig(path);
    expect(await sourceOf(own.data).count(own)).toEqual({ train: 2, evaluate: 1 });
    const { volumes } = await sourceOf(own.data).open({ ...jobOf(freshFolder()).job, config: own });
    const [first] = casesOf(volumes, "train");
    writeFileSync(join(path, first?.row.path ?? ""), "no scan");
    const failure = await caught(() => sourceOf(own.data).count(own));
    expect(failure.code).toMatch(/^DATA_/);
  });

  it("gives its training cases without reading a scan, split as the run splits them", async () => {
    const path = await scans();
    const own = folderConfig(path, `,"split":{"train":0.3,"validation":0,"test":0.7,"by":"patient"}`);
    const opened = await sourceOf(own.data).open({ ...jobOf(freshFolder()).job, config: own });
    const training = await sourceOf(own.data).training(own);
    expect(training).toEqual(casesOf(opened.volumes, "train"));
    expect([sourceOf(own.data).hasTemplates, sourceOf(own.data).heldOut(own.data)]).toEqual([
      false,
      own.data,
    ]);
  });

  it("refuses a folder that is none", async () => {
    const missing = folderConfig(join(freshFolder(), "nowhere"));
    expect((await caught(() => sourceOf(missing.data).count(missing))).code).toBe("PATH_NOT_FOUND");
    const empty = join(freshFolder(), "empty");
    mkdirSync(empty);
    const own = folderConfig(empty);
    expect((await caught(() => sourceOf(own.data).count(own))).code).toBe("PATH_NOT_FOUND");
  });

  it("stacks slices as its row says", () => {
    const axial = folderConfig("/x", ',"stack":"axial"');
    expect(sourceOf(axial.data).stack(axial.data)).toBe("axial");
    expect(sourceOf(config.data).stack(config.data)).toBe("acquired");
  });
});

describe("the splits of a folder of scans", () => {
  const folder = () => {
    const path = join(freshFolder(), "own");
    mkdirSync(path);
    return path;
  };
  const write = (path: string, change: (rows: DatasetRows) => void, manifest = {}): void => {
    const rows = datasetRows();
    change(rows);
    writeDataset(path, rows, manifest);
    mkdirSync(join(path, "v"));
    for (const { path: scan } of rows.cases)
      writeFileSync(
        join(path, String(scan)),
        niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8) }),
      );
  };
  const counted = async (path: string, more = "") => {
    const own = folderConfig(path, more);
    return await sourceOf(own.data).count(own);
  };
  /** Each report its own, but that of the fifth case, which is tested, and of the first one, which is trained on. */
  const reports = ({ items }: DatasetRows): void => {
    items.forEach((item, at) => {
      if (item.task === "report") item.target = at === 12 ? "NORMAL  number 0." : `Normal number ${at}.`;
    });
  };
  const because = ',"allowLeak":"the official split"';

  it("are refused where a test report is one of a training patient, unless somebody says why", async () => {
    const path = folder();
    write(path, reports);
    const error = await caught(() => counted(path));
    expect([error.code, error.details.reports, error.details.patients]).toEqual(["DATA_LEAK", 1, 0]);
    expect(await counted(path, because)).toEqual({ train: 4, evaluate: 2 });
    const { data } = folderConfig(path, because);
    expect(sourceOf(data).leakReason(data)).toBe("the official split");
    expect(sourceOf(folderConfig(path).data).leakReason(folderConfig(path).data)).toBeNull();
  });

  it("are refused where a patient is in two of them, unless somebody says why or they are drawn anew", async () => {
    const path = folder();
    write(path, (rows) => {
      reports(rows);
      for (const item of rows.items)
        if (item.task === "report") item.target = `Report of ${String(item.case)}.`;
      const last = rows.cases.at(-1);
      if (last !== undefined) last.subject = "s0";
    });
    expect((await caught(() => counted(path))).code).toBe("DATA_LEAK");
    expect(await counted(path, because)).toEqual({ train: 4, evaluate: 2 });
    const drawn = ',"split":{"train":0.5,"validation":0,"test":0.5,"by":"patient"}';
    expect((await counted(path, drawn)).train).toBeGreaterThan(0);
  });

  it("are not judged by reports that templates put together", async () => {
    const path = folder();
    write(path, reports, { source: "phantom-ct/1 seed=1" });
    expect(await counted(path)).toEqual({ train: 4, evaluate: 2 });
    const phantoms = { manifest: { source: "phantom-ct/1" } } as Pick<Dataset, "manifest">;
    const others = { manifest: { source: "the hospital's archive" } } as Pick<Dataset, "manifest">;
    const { data } = folderConfig(path);
    expect([
      isTemplated(data, phantoms),
      isTemplated(data, others),
      isTemplated(config.data, others),
    ]).toEqual([true, false, true]);
  });
});

it("phantoms have the same held-out and training cases drawn apart as drawn together", async () => {
  const source = sourceOf(config.data);
  const whole = await source.open({ ...jobOf(freshFolder()).job, config });
  const apart = { ...config, data: source.heldOut(config.data) };
  const { volumes, slices } = await source.open({ ...jobOf(freshFolder()).job, config: apart });
  expect([slices, casesOf(volumes, "train")]).toEqual([null, []]);
  expect(casesOf(volumes, "test")).toEqual(casesOf(whole.volumes, "test"));
  const training = await source.training(config);
  expect(training).toEqual(casesOf(whole.volumes, "train"));
  expect(source.hasTemplates).toBe(true);
});

describe("what is kept of a source in the cache of the project", () => {
  it("is rows of scans that lie on the disk, and nothing of phantoms, which each run generates for itself", () => {
    const layout = { kind: "layout", layout: "table", path: "rows.csv" };
    const on = resolvedWith(
      `data=${JSON.stringify({ ...layout, sizeDHW: [16, 24, 24], windowHu: { low: -1000, high: 1000 } })}`,
      "model.base.pretrain=[]",
    ).config;
    const kept = [config, folderConfig("/data"), on].map(({ data }) => [data.kind, sourceOf(data).keepsRows]);
    expect(kept).toEqual([
      ["phantom", false],
      ["folder", true],
      ["layout", true],
    ]);
  });
});

describe("the source of data sets on disk", () => {
  function layoutConfig(path: string, more: object = {}) {
    const data = {
      kind: "layout",
      layout: "table",
      path,
      sizeDHW: [16, 24, 24],
      windowHu: { low: -1000, high: 1000 },
    };
    return resolvedWith(`data=${JSON.stringify({ ...data, ...more })}`, "model.base.pretrain=[]").config;
  }
  const opened = async (path: string, more: object = {}) => {
    const own = layoutConfig(path, more);
    return await sourceOf(own.data).open({ ...jobOf(freshFolder()).job, config: own });
  };

  it("has the splits of a table in place of its own", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const splits = join(freshFolder(), "splits.csv");
    writeFileSync(splits, "case,split\nc0,test\nc1,train\nc2,train\nc3,train\n");
    const { volumes, skipped } = await opened(folder, { splits });
    expect(casesOf(volumes, "test").map(({ row }) => row.case)).toEqual(["c0"]);
    expect(casesOf(volumes, "train")).toHaveLength(3);
    expect(skipped).toBeNull();
  });

  it("leaves out what a file of problems names, and hands its reasons on", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const problems = join(freshFolder(), "problems.jsonl");
    const line = {
      code: "DATA_NOT_HU",
      message: "an MR",
      case: "c1",
      item: null,
      table: "rows.csv",
      row: 3,
      skips: "case",
    };
    writeFileSync(problems, JSON.stringify(line));
    const { volumes, skipped } = await opened(folder, { problems });
    expect(volumes.cases.map(({ row }) => row.case)).toEqual(["c0", "c2", "c3"]);
    expect(skipped).toEqual({
      format: "tomoe.skipped/1",
      problems: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: [{ case: "c1", item: null, table: "rows.csv", row: 3, code: "DATA_NOT_HU", message: "an MR" }],
    });
  });

  it("refuses a report of a training patient in the test when it is counted, unless that is allowed", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const rows = join(folder, "rows.csv");
    writeFileSync(rows, readFileSync(rows, "utf8").replace("Report 3.", "report  1."));
    const counted = async (more: object = {}) => {
      const own = layoutConfig(folder, more);
      const { "open-vqa": _, ...tasks } = own.tasks;
      return await sourceOf(own.data).count({ ...own, tasks });
    };
    const error = await caught(counted);
    expect([error.code, error.details.reports]).toEqual(["DATA_LEAK", 1]);
    expect(await counted({ allowLeak: "why not" })).toEqual({ train: 2, evaluate: 2 });
  });

  it("refuses a task that the test has nothing of when it is counted, before a scan is read", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const own = layoutConfig(folder);
    const error = await caught(async () => await sourceOf(own.data).count(own));
    expect([error.code, error.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(error.what).toBe('table asks nothing of open-vqa in "test"');
  });

  it("refuses a task that phantoms as few as these have nothing of", async () => {
    const asksIt = (seed: number): boolean =>
      phantomCases(seed, "test", 1).some(({ items }) => items.some(({ task }) => task === "open-vqa"));
    const seeds = Array.from({ length: 99 }, (_, seed) => seed);
    const counted = async (seed = -1) => {
      const few = resolvedWith(
        'data.volumes={"train":1,"validation":0,"test":1}',
        `data.seed=${seed}`,
      ).config;
      return await sourceOf(few.data).count(few);
    };
    expect(await counted(seeds.find(asksIt))).toEqual({ train: 1, evaluate: 1 });
    const error = await caught(async () => await counted(seeds.find((seed) => !asksIt(seed))));
    expect(error.what).toBe('phantom-ct asks nothing of open-vqa in "test"');
  });

  it("says why a leak is allowed, and nothing of data that are ours", () => {
    const { data } = layoutConfig("x", { allowLeak: "official" });
    expect(sourceOf(data).leakReason(data)).toBe("official");
    const strict = layoutConfig("x").data;
    expect(sourceOf(strict).leakReason(strict)).toBeNull();
    expect(sourceOf(config.data).leakReason(config.data)).toBeUndefined();
  });
});
