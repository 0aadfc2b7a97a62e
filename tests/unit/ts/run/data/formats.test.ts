// Every format that is read, verified by headers and by voxels: one verdict, one grid, one digest.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceCase } from "../../../../../ts/data/sources/index.ts";
import { checkScan, type ScanVerdict } from "../../../../../ts/run/data/scans/scan-check.ts";
import { stampOf } from "../../../../../ts/run/data/scans/stamp.ts";
import { storedBody } from "../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { volumeExamples } from "../../../../support/volume-examples.ts";

const root = temporaryFolder();
let made = 0;
const { signal } = new AbortController();

/** Formats that say where they lie; the others are pictures here. */
const placed = Object.entries(volumeExamples).filter(([name]) => !name.startsWith("npy"));

async function verdictOn(path: string, deep: boolean): Promise<ScanVerdict> {
  const place = { table: "t.csv", row: 2 };
  const row: SourceCase = { id: "c", patient: "p", paths: [path], split: "train", place };
  return await checkScan(row, await stampOf(path), { deep, intensity: "hu", signal });
}

function fresh(): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  return folder;
}

describe("a scan that is verified", () => {
  it.each(placed)("as %s has one grid by its headers and by its voxels", async (_name, { write }) => {
    const { path } = write(fresh(), storedBody());
    const [headers, voxels] = [await verdictOn(path, false), await verdictOn(path, true)];
    expect(headers.shapeDHW).toEqual(voxels.shapeDHW);
    expect(headers.spacingMmDHW).toEqual(voxels.spacingMmDHW);
    expect(headers.sample).toBe(voxels.sample);
    expect(voxels.deep).toBe(true);
    expect(voxels.hu?.max).toBeGreaterThan(voxels.hu?.min ?? 0);
  });

  it.each(placed)(
    "as %s has one verdict each time, and other bytes have another digest",
    async (_name, { write }) => {
      const first = await verdictOn(write(fresh(), storedBody()).path, true);
      const again = await verdictOn(write(fresh(), storedBody()).path, true);
      expect(again).toEqual(first);
      const turned = await verdictOn(write(fresh(), storedBody([0, 1, 2], [true])).path, true);
      expect([turned.sample, turned.content].join()).not.toBe([first.sample, first.content].join());
    },
  );

  it.each(placed)(
    "as %s that was cut off is refused with its code, or told apart from the whole",
    async (_name, { write }) => {
      const folder = fresh();
      const { path, files } = write(folder, storedBody());
      const whole = await verdictOn(path, true);
      const last = files.at(-1) ?? path;
      writeFileSync(last, readFileSync(last).subarray(0, readFileSync(last).length >> 1));
      const cut = await verdictOn(path, true);
      expect(readdirSync(folder).length).toBeGreaterThan(0);
      if (cut.refusal === null) expect(cut.content ?? cut.sample).not.toBe(whole.content ?? whole.sample);
      else expect(cut.refusal.code).toMatch(/^DATA_/);
    },
  );
});
