import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FolderContent, lookThroughFolder } from "../../../../../../ts/run/data/own/scans.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../../../../../support/ct-series.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;
const dims = [32, 32, 16] as const;

function fresh(): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  return folder;
}

async function looked(
  folder: string,
  onProgress = (_done: number, _total: number): void => undefined,
): Promise<FolderContent> {
  return await lookThroughFolder(folder, new AbortController().signal, onProgress);
}

function scan(folder: string, name: string, values: ArrayLike<number> = bodyVoxels(...dims)): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), niftiFile({ dims, values, dtype: "int16", gzip: name.endsWith(".gz") }));
}

describe("a folder that is looked through", () => {
  it("has scans of every depth, tables, and the rest by ending", async () => {
    const folder = fresh();
    scan(folder, "a.nii");
    scan(folder, "deep/er/b.nii.gz");
    writeFolder(join(folder, "series"), seriesFiles(seriesSpecs(4)));
    for (const name of ["r.csv", "deep/q.jsonl", "s.TSV", "notes.txt", "more.txt", "LICENCE", ".hidden.csv"])
      writeFileSync(join(folder, name), "x");
    const { scans, unread, tables, others, deep } = await looked(folder);
    expect(scans.map(({ path }) => path)).toEqual(["a.nii", "deep/er/b.nii.gz", "series"]);
    expect(scans.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^nifti, 16 x 32 x 32 voxels of 2 x 2 x 2 mm/),
      expect.stringMatching(/^nifti, 16 x 32 x 32 voxels/),
      expect.stringMatching(/^dicom, 4 x 20 x 24 voxels of 2 x 1 x 1.5 mm/),
    ]);
    expect([unread, deep]).toEqual([[], true]);
    expect(tables).toEqual(["deep/q.jsonl", "r.csv", "s.TSV"]);
    expect([...others].sort()).toEqual([
      [".txt", 2],
      ["no ending", 1],
    ]);
  });

  it("has what is not read with the reader's own words, and what to do", async () => {
    const folder = fresh();
    scan(
      folder,
      "no-hu.nii",
      Array.from({ length: 32 * 32 * 16 }, (_, at) => at % 200),
    );
    writeFileSync(join(folder, "torn.nii.gz"), "no gzip");
    writeFolder(join(folder, "gap"), seriesFiles(seriesSpecs(6).filter((_, at) => at !== 3)));
    const { scans, unread } = await looked(folder);
    expect(scans).toEqual([]);
    expect(unread.map(({ path }) => path)).toEqual(["gap", "no-hu.nii", "torn.nii.gz"]);
    expect(unread[0]?.why).toContain("mm");
    expect(unread[1]?.why).toContain("Hounsfield");
    for (const { why } of unread) expect(why).toMatch(/\. [A-Z].*\.$/);
  });

  it("names a series of one file by that file too, and one in the folder itself by a dot", async () => {
    const folder = fresh();
    writeFolder(join(folder, "one"), seriesFiles(seriesSpecs(1)));
    const [only] = (await looked(folder)).scans;
    expect(only).toMatchObject({ path: "one", alias: "one/CANARY-01.dcm" });
    const flat = fresh();
    writeFolder(flat, seriesFiles(seriesSpecs(4)));
    expect((await looked(flat)).scans).toMatchObject([{ path: ".", alias: null }]);
  });

  it("says how far it is", async () => {
    const folder = fresh();
    for (const name of ["a.nii", "b.nii"]) scan(folder, name);
    const told: (readonly number[])[] = [];
    await looked(folder, (...progress) => told.push(progress));
    expect(told).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it("is refused where it is not there, and left once the caller stops", async () => {
    expect(await caught(() => looked(join(root, "gone")))).toMatchObject({ code: "PATH_NOT_FOUND" });
    const folder = fresh();
    scan(folder, "a.nii");
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(lookThroughFolder(folder, stop.signal, () => undefined)).rejects.toThrow("stopped");
  });
});
