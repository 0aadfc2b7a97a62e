import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { SourceCase } from "../../../../../../ts/data/sources/index.ts";
import { CheckThreads } from "../../../../../../ts/run/data/scans/check-threads.ts";
import { checkScan, type ScanCheck } from "../../../../../../ts/run/data/scans/scan-check.ts";
import { stampOf } from "../../../../../../ts/run/data/scans/stamp.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../../../../../support/ct-series.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const dims = [16, 12, 8] as const;
const check = (change: Partial<ScanCheck> = {}): ScanCheck => ({
  deep: true,
  intensity: "hu",
  signal: new AbortController().signal,
  ...change,
});

function row(name: string, bytes: Uint8Array): SourceCase {
  const path = join(root, name);
  writeFileSync(path, bytes);
  return caseAt(path);
}

const caseAt = (path: string): SourceCase => ({
  id: path,
  patient: "p",
  paths: [path],
  split: null,
  place: { table: "t", row: 1 },
});

const sound = (seed: number): Uint8Array =>
  niftiFile({ dims, values: bodyVoxels(...dims, seed), dtype: "int16", gzip: true });

/** A sound scan, one that is no scan, one without a body, and a series of slices. */
function several(): readonly SourceCase[] {
  const series = join(root, "series");
  writeFolder(series, seriesFiles(seriesSpecs(5)));
  return [
    row("sound.nii.gz", sound(1)),
    row("torn.nii.gz", sound(2).subarray(0, 200)),
    row("flat.nii", niftiFile({ dims, values: new Int16Array(16 * 12 * 8), dtype: "int16" })),
    caseAt(series),
  ];
}

describe("scans that are looked at in threads", () => {
  it("have the verdicts that they have here, refused ones and folders of slices too", async () => {
    const rows = several();
    const own = check();
    const threads = new CheckThreads(own, 2);
    const stamps = await Promise.all(rows.map(async ({ paths: [path] }) => await stampOf(path)));
    const here = await Promise.all(
      rows.map(async (one, at) => await checkScan(one, stamps[at] ?? (await stampOf(one.paths[0])), own)),
    );
    expect(here.map(({ verdict }) => verdict)).toContain("refused");
    // Two threads for four scans: two find none that is free, and are looked at here.
    const there = await Promise.all(
      rows.map(async (one, at) => await threads.look(one, stamps[at] ?? (await stampOf(one.paths[0])))),
    );
    expect(there).toEqual(here);
    expect(threads.told).toBe(2);
    // One after the other, a thread takes each.
    for (const [at, one] of rows.entries())
      expect(await threads.look(one, await stampOf(one.paths[0]))).toEqual(here[at]);
    expect(threads.told).toBe(6);
    await threads.end();
  });

  it("leave no listener in a thread, however many it looks at", async () => {
    const post = Worker.prototype.postMessage;
    const asked: Worker[] = [];
    Worker.prototype.postMessage = function (this: Worker, ...given) {
      asked.push(this);
      post.apply(this, given);
    };
    const threads = new CheckThreads(check(), 1);
    const one = row("again.nii.gz", sound(6));
    const stamp = await stampOf(one.paths[0]);
    const listeners: number[] = [];
    for (let time = 0; time < 3; time++) {
      await threads.look(one, stamp);
      listeners.push(asked[time]?.listenerCount("exit") ?? -1, asked[time]?.listenerCount("message") ?? -1);
    }
    Worker.prototype.postMessage = post;
    expect(threads.told).toBe(3);
    expect(listeners).toEqual([1, 0, 1, 0, 1, 0]);
    await threads.end();
  });

  it("of names that are no UTF-8 are found by their bytes", async () => {
    const own = check();
    const threads = new CheckThreads(own, 1);
    const one = row("bytes.nii.gz", sound(3));
    const stamp = await stampOf(one.paths[0]);
    const files = [Buffer.from(one.paths[0])];
    expect(await threads.look(one, { ...stamp, files })).toEqual(await checkScan(one, stamp, own));
    expect(threads.told).toBe(1);
    await threads.end();
  });

  it("are looked at here when their thread is gone", async () => {
    const own = check();
    const threads = new CheckThreads(own, 1);
    const one = row("left.nii.gz", sound(4));
    const stamp = await stampOf(one.paths[0]);
    const looking = threads.look(one, stamp);
    await threads.end();
    expect(await looking).toEqual(await checkScan(one, stamp, own));
    expect(threads.told).toBe(0);
  });

  it("are given up with the command, in a thread as here", async () => {
    const stop = new AbortController();
    const threads = new CheckThreads(check({ signal: stop.signal }), 1);
    const one = row("stopped.nii.gz", sound(5));
    const stamp = await stampOf(one.paths[0]);
    const looking = caught(() => threads.look(one, stamp));
    stop.abort();
    expect((await looking).code).toBe("CANCELLED");
    expect((await caught(() => threads.look(one, stamp))).code).toBe("CANCELLED");
    await threads.end();
  });
});
