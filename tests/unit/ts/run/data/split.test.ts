import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSplitTable } from "../../../../../ts/data/sources/index.ts";
import { type SplitDocument, type SplitOptions, splitData } from "../../../../../ts/run/data/split.ts";
import { verifyData } from "../../../../../ts/run/data/verify.ts";
import { caught } from "../../../../support/caught.ts";
import { ctRateExample } from "../../../../support/layouts/ct-rate.ts";
import { cleanFolder, faultyFolder, writeRows } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;
const fresh = (): string => join(root, `f${made++}`);
const { signal } = new AbortController();

async function split(path: string, more: Partial<SplitOptions> = {}): Promise<SplitDocument> {
  const shares = { train: 0.5, validation: 0, test: 0.5 };
  return await splitData({ path, open: {}, shares, by: "report", seed: 0, signal, ...more });
}

describe("a data set that is split", () => {
  it("has every case in one split, in the order of its rows, whatever its own splits say", async () => {
    const out = join(root, "splits.csv");
    const document = await split(await cleanFolder(fresh()), { out });
    expect(document).toMatchObject({
      layout: "table",
      table: out,
      leaks: [],
      skipped: 0,
      groups: { count: 4 },
    });
    expect(document.splits.train.cases + document.splits.test.cases).toBe(4);
    const { splitOf, digest } = await readSplitTable(out);
    expect([...splitOf.keys()]).toEqual(["c0", "c1", "c2", "c3"]);
    expect(digest).toBe(document.digest);
  });

  it("counts patients, cases, items and strata of each split", async () => {
    const { splits, strata } = await split(await cleanFolder(fresh()));
    expect(splits).toEqual({
      train: { patients: 2, cases: 2, items: 4 },
      validation: { patients: 0, cases: 0, items: 0 },
      test: { patients: 2, cases: 2, items: 4 },
    });
    expect(strata).toEqual([
      { task: "closed-vqa", type: null, train: 2, validation: 0, test: 2 },
      { task: "report", type: null, train: 2, validation: 0, test: 2 },
    ]);
  });

  it("keeps patients with one report together, or says that their report leaks", async () => {
    const folder = await cleanFolder(fresh());
    writeRows(folder, "rows.csv", [
      "case,patient,image,report",
      ...[1, 2, 3, 4].map((n) => `c${n},p${n},scans/${n}.nii.gz,${n < 3 ? "The same." : `Own ${n}.`}`),
    ]);
    const together = await split(folder, { layout: "table" });
    expect(together.groups).toEqual({ count: 3, largestCases: 2 });
    expect(together.leaks).toEqual([]);
    const seeds = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (seed) => await split(folder, { by: "patient", seed })),
    );
    expect(seeds.some(({ leaks }) => leaks.length > 0)).toBe(true);
    for (const { leaks } of seeds) for (const { kind } of leaks) expect(kind).toBe("report");
  });

  it("is refused with all that is wrong with its rows, but for what a verification told", async () => {
    const folder = await faultyFolder(fresh());
    const error = await caught(() => split(folder));
    expect([error.code, error.details.count]).toEqual(["DATA_MANIFEST", 3]);
    const nothing = (): void => undefined;
    const told = {
      path: folder,
      open: {},
      deep: false,
      out: fresh(),
      signal,
      onProgress: nothing,
      notice: nothing,
    };
    const { problems } = await verifyData(told);
    const document = await split(folder, { problems });
    // Three rows, and three cases whose scan is not read.
    expect(document.skipped).toBe(6);
    expect(document.splits.train.cases + document.splits.test.cases).toBe(4);
  });

  it("keeps reconstructions and scans of a patient of a known layout together", async () => {
    const { path } = await ctRateExample(fresh());
    const out = join(root, "rate.csv");
    await split(path, { layout: "ct-rate", out });
    const rows = readFileSync(out, "utf8").trimEnd().split("\r\n").slice(1);
    const splitsOf = (patient: string): ReadonlySet<string | undefined> =>
      new Set(rows.filter((row) => row.startsWith(`${patient}_`)).map((row) => row.split(",")[1]));
    for (const patient of ["train_1", "train_2", "valid_1"]) expect(splitsOf(patient).size).toBe(1);
  });
});
