// Every layout opened with an index and without one: the same data set, certificate and errors, whatever happens to its
// files in between.
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { LayoutWish } from "../../ts/data/sources/indexed/dataset.ts";
import type { LayoutName } from "../../ts/schema/tables/layouts.ts";
import { age, filesIn, indexesIn, outcomeOf } from "../support/indexed.ts";
import { openedAlone } from "../support/indexed-alone.ts";
import { examples } from "../support/layouts/every.ts";
import type { WriteExample } from "../support/layouts/example.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
const isScan = /\.(?:nii|nii\.gz|npy|dcm|mha)$/;

/** A layout's fixture with an index of it, and ways to open it. */
async function kept(layout: string, write: WriteExample) {
  const folder = mkdtempSync(join(root, "layout-")),
    indexes = mkdtempSync(join(root, "indexes-"));
  const { path, options } = await write(folder);
  age(folder);
  const notices: string[] = [];
  const base: LayoutWish = {
    layout: layout as LayoutName,
    path,
    open: options ?? {},
    reportRequest: "Please report.",
    ignoresSplits: false,
    keepsLeaks: true,
    isTallied: true,
    index: null,
  };
  // Some data sets leave the splits to who uses them.
  const isOwn = "cases" in (await outcomeOf(base));
  const wish = { ...base, ignoresSplits: !isOwn };
  const index = { folder: indexes, notice: (text: string) => notices.push(text) };
  return {
    folder,
    indexes,
    notices,
    walked: async () => await outcomeOf(wish),
    opened: async () => await outcomeOf({ ...wish, index }),
  };
}

/** A data set of one's own tables, with scans that are not looked at. */
function manyRows(cases: number): string {
  const folder = mkdtempSync(join(root, "many-"));
  const rows = Array.from({ length: cases }, (_, at) => {
    writeFileSync(join(folder, `${at}.nii`), "");
    return `c${at},${at}.nii,train,Report ${at} of some length.\n`;
  });
  writeFileSync(join(folder, "t.csv"), `case,image,split,report\n${rows.join("")}`);
  age(folder);
  return folder;
}

describe("an index that cannot be finished", () => {
  const why = noSmallDisk();
  if (why !== undefined) console.warn(why);
  const maybe = why === undefined ? it : it.skip;

  maybe("for want of space is told and leaves nothing; there is one once there is space", async () => {
    const above = mkdtempSync(join(root, "above-"));
    const disk = await smallDisk(above, 4);
    try {
      const folder = manyRows(3000);
      const open = async () => await openedAlone(folder, join(disk.folder, "tables"), disk.under);
      disk.fill(64 << 10);
      const full = await open();
      expect(full.items).toBe(3000);
      expect(full.notices).toEqual([
        expect.stringMatching(
          /^no index of the rows can be kept \(.*ENOSPC.*\): all tables are read at each opening$/,
        ),
      ]);
      expect(readdirSync(join(disk.seen, "tables"))).toEqual([]);
      disk.free();
      expect(await open()).toEqual({ ...full, notices: [] });
      expect(readdirSync(join(disk.seen, "tables"))).toHaveLength(1);
      expect(await open()).toEqual({ ...full, notices: [] });
    } finally {
      disk.close();
    }
  });

  it("since its process was killed is none, and the next opening has one", async () => {
    const folder = manyRows(4000),
      indexes = `${folder}-index`;
    const killed = openedAlone(folder, indexes, [], (child) => {
      const looking = setInterval(() => {
        if (!existsSync(indexes) || readdirSync(indexes).length === 0) return;
        clearInterval(looking);
        child.kill("SIGKILL");
      }, 1);
    });
    await killed.catch(() => undefined);
    const whole = await openedAlone(folder, indexes);
    expect([whole.items, whole.notices]).toEqual([4000, []]);
    expect(await openedAlone(folder, indexes)).toEqual(whole);
    expect(readdirSync(indexes).filter((name) => name.endsWith(".rows"))).toHaveLength(1);
  });
});

describe("an index", () => {
  it.each(Object.entries(examples))(
    "of %s gives what a walk gives, and is not written twice",
    async (layout, write) => {
      const { indexes, notices, walked, opened } = await kept(layout, write);
      const plain = await walked();
      expect(plain).toHaveProperty("cases");
      expect(await opened()).toEqual(plain);
      const first = indexesIn(indexes);
      expect(first).toHaveLength(1);
      expect(await opened()).toEqual(plain);
      expect(indexesIn(indexes)).toEqual(first);
      expect(notices).toEqual([]);
    },
  );

  it.each(Object.entries(examples))(
    "of %s is not believed once any of its files was touched, altered, replaced or taken away",
    async (layout, write) => {
      const { folder, indexes, notices, walked, opened } = await kept(layout, write);
      await opened();
      const tables = filesIn(folder).filter((path) => !isScan.test(path));
      expect(tables.length).toBeGreaterThan(0);
      let anew = 0;
      for (const table of tables) {
        const aside = join(root, "aside");
        const whole = readFileSync(table);
        const before = indexesIn(indexes);
        age(folder, 50 + anew);
        expect(await opened()).toEqual(await walked());
        if (indexesIn(indexes)[0] !== before[0]) anew++;

        // Other bytes of the same number.
        const other = Buffer.from(whole);
        const last = other.findLastIndex((byte) => byte >= 0x61 && byte < 0x7a);
        if (last >= 0) other[last] = (other[last] ?? 0) + 1;
        writeFileSync(table, other);
        age(folder);
        expect(await opened()).toEqual(await walked());

        // Another file in its place, as large and of the same time.
        copyFileSync(table, aside);
        writeFileSync(aside, whole);
        utimesSync(aside, 1e9, 1e9);
        utimesSync(table, 1e9, 1e9);
        expect(await opened()).toEqual(await walked());
        renameSync(aside, table);
        expect(await opened()).toEqual(await walked());

        renameSync(table, aside);
        expect(await opened()).toEqual(await walked());
        renameSync(aside, table);
        expect(await opened()).toEqual(await walked());
      }
      // All of them are read by something.
      expect(anew).toBeGreaterThan(0);
      // A file that says where the tables are is looked at before them.
      for (const text of notices)
        expect(text).toMatch(
          /^the index of the rows is (?:older than \/.*|of other tables): all tables are read$/,
        );
    },
  );

  it.each(Object.entries(examples))("of %s does not hide that a scan is gone", async (layout, write) => {
    const { indexes, walked, opened } = await kept(layout, write);
    const whole = await opened();
    const [scan = ""] = "cases" in whole ? whole.cases.map(({ row }) => row.path) : [];
    rmSync(scan, { recursive: true });
    const plain = await walked();
    expect(plain).toMatchObject({ code: "DATA_MANIFEST" });
    expect(await opened()).toEqual(plain);
    expect(indexesIn(indexes)).toHaveLength(1);
  });
});
