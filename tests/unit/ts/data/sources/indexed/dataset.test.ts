import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LayoutWish, layoutRows } from "../../../../../../ts/data/sources/indexed/dataset.ts";
import { readSkips } from "../../../../../../ts/data/sources/skips.ts";
import { readSplitTable } from "../../../../../../ts/data/sources/split-table.ts";
import { age, indexesIn, outcomeOf, wholeOf } from "../../../../../support/indexed.ts";
import { openedAlone } from "../../../../../support/indexed-alone.ts";
import { noPlainRights, plainRights } from "../../../../../support/plain-rights.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

/** A data set of one's own: so many cases with a report and two questions, scans that are not looked at. */
function folderOf(cases: number, name = "t.csv"): string {
  const folder = mkdtempSync(join(root, "set-"));
  mkdirSync(join(folder, "scans"));
  const rows = Array.from({ length: cases }, (_, at) => {
    writeFileSync(join(folder, "scans", `${at}.nii`), "");
    const row = `c${at},p${at >> 1},scans/${at}.nii,${(at >> 1) % 3 === 0 ? "test" : "train"}`;
    return `${row},Report ${at}.,,,\n${row},,Is it ${at}?,yes|no,yes\n${row},,What is it?,,${at}\n`;
  });
  writeFileSync(
    join(folder, name),
    `case,patient,image,split,report,question,choices,answer\n${rows.join("")}`,
  );
  age(folder);
  return folder;
}

function wishOf(path: string, more: Partial<LayoutWish> = {}) {
  const indexes = `${path}-index`;
  const notices: string[] = [];
  const wish: LayoutWish = {
    layout: "table",
    path,
    open: {},
    reportRequest: "Please report.",
    ignoresSplits: false,
    keepsLeaks: false,
    isTallied: false,
    index: { folder: indexes, notice: (line) => notices.push(line) },
    ...more,
  };
  return { wish, indexes, notices };
}

describe("a data set of a layout, opened for a run", () => {
  it("is the same out of its tables and out of an index, questions in their words", async () => {
    const { wish, indexes, notices } = wishOf(folderOf(20));
    const plain = await outcomeOf({ ...wish, index: null });
    expect(plain).toMatchObject({
      manifest: { name: "table", cases: 20, items: 60 },
      skipped: [],
      filters: null,
    });
    for (let time = 0; time < 3; time++) expect(await outcomeOf(wish)).toEqual(plain);
    expect([indexesIn(indexes).length, notices]).toEqual([1, []]);
  });

  it("has an index for each way to read it, and never takes one for another", async () => {
    const folder = folderOf(12);
    const splits = join(root, "splits.csv");
    const ids = Array.from({ length: 12 }, (_, at) => `c${at},${at < 6 ? "validation" : "train"}\n`);
    writeFileSync(splits, `case,split\n${ids.join("")}`);
    const problems = join(root, "problems.jsonl");
    const skipped = {
      code: "DATA_NOT_CT",
      message: "no body",
      skips: "case",
      case: "c3",
      item: null,
      table: null,
      row: null,
    };
    writeFileSync(problems, `${JSON.stringify(skipped)}\n`);
    const ways: readonly Partial<LayoutWish>[] = [
      {},
      { reportRequest: "Describe the scan." },
      { ignoresSplits: true },
      { keepsLeaks: true },
      { isTallied: true },
      { splits: await readSplitTable(splits) },
      { skips: await readSkips(problems) },
      { skips: await readSkips(problems), isTallied: true },
      { open: { scans: folder } },
      { path: join(folder, "t.csv") },
    ];
    const found = [];
    for (const way of ways) {
      const { wish, indexes } = wishOf(folder, way);
      const here = { ...wish, index: { folder: `${folder}-index`, notice: () => undefined } };
      const plain = await outcomeOf({ ...here, index: null });
      expect(plain).toHaveProperty("cases");
      expect([await outcomeOf(here), await outcomeOf(here)]).toEqual([plain, plain]);
      found.push(indexes);
    }
    expect(indexesIn(`${folder}-index`)).toHaveLength(ways.length);
  });

  it("has what a file of problems leaves out of it, with the reasons, also out of an index", async () => {
    const path = join(root, "p.jsonl");
    const skip = {
      code: "DATA_NOT_HU",
      message: "no HU",
      skips: "case",
      case: "c1",
      item: null,
      table: null,
      row: null,
    };
    writeFileSync(path, `${JSON.stringify(skip)}\n`);
    const { wish } = wishOf(folderOf(6), { skips: await readSkips(path), isTallied: true });
    const [first, second] = [await layoutRows(wish), await layoutRows(wish)];
    const { skips: _, ...reason } = skip;
    expect(first.skipped).toEqual([reason]);
    expect(second.skipped).toEqual([reason]);
    expect(second.dataset.cases).toHaveLength(5);
    expect(second.tally?.filters()).toEqual(first.tally?.filters());
    expect(second.tally?.filters()).toContainEqual({
      name: "problems",
      of: "cases",
      split: null,
      before: 6,
      after: 5,
    });
  });

  it("is read anew once a table lies beside the others", async () => {
    const folder = folderOf(6);
    const { wish } = wishOf(folder);
    expect((await layoutRows(wish)).dataset.manifest.items).toBe(18);
    writeFileSync(join(folder, "more.jsonl"), '{"case":"c0","question":"More?","answer":"yes"}\n');
    age(folder);
    const { dataset } = await layoutRows(wish);
    expect(dataset.manifest.items).toBe(19);
    rmSync(join(folder, "more.jsonl"));
    expect((await layoutRows(wish)).dataset.manifest.items).toBe(18);
  });

  it("is believed in a folder that may only be read, and told where one cannot be kept there", async () => {
    const why = noPlainRights();
    if (why !== undefined) throw new Error(why);
    const folder = folderOf(6);
    const { wish, indexes } = wishOf(folder);
    const { fingerprint } = (await layoutRows(wish)).dataset;
    const before = indexesIn(indexes);
    chmodSync(indexes, 0o500);
    expect(await openedAlone(folder, indexes, plainRights)).toEqual({ fingerprint, items: 18, notices: [] });
    age(folder, 900);
    const anew = await openedAlone(folder, indexes, plainRights);
    expect([anew.fingerprint, anew.items]).toEqual([fingerprint, 18]);
    expect(anew.notices).toEqual([
      expect.stringMatching(/^the index of the rows is older than .*t\.csv: all tables are read$/),
      expect.stringMatching(/^no index of the rows can be kept \(.*\): all tables are read at each opening$/),
    ]);
    chmodSync(indexes, 0o700);
    expect(indexesIn(indexes)).toEqual(before);
  });

  it("is opened by several processes at once, each with the whole of it", async () => {
    const folder = folderOf(300);
    const { wish, indexes } = wishOf(folder);
    const several = await Promise.all([1, 2, 3].map(async () => await openedAlone(folder, indexes)));
    const { dataset } = await layoutRows(wish);
    for (const one of several)
      expect(one).toEqual({ fingerprint: dataset.fingerprint, items: 900, notices: [] });
    expect(indexesIn(indexes)).toHaveLength(1);
    expect(wholeOf(dataset)).toEqual(wholeOf((await layoutRows({ ...wish, index: null })).dataset));
  });
});
