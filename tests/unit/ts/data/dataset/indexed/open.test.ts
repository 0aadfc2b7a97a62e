import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { tailBytes, tailIn, tailOf } from "../../../../../../ts/data/dataset/indexed/format.ts";
import { Looks } from "../../../../../../ts/data/dataset/indexed/looks.ts";
import { type IndexPlace, type IndexWish, indexed } from "../../../../../../ts/data/dataset/indexed/open.ts";
import { Veil } from "../../../../../../ts/data/dataset/indexed/veil.ts";
import { TomoeError } from "../../../../../../ts/errors.ts";
import { caught } from "../../../../../support/caught.ts";
import { age, filesIn, indexesIn, wholeOf } from "../../../../../support/indexed.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { casesOf, facts } from "./examples.ts";

const root = temporaryFolder();

/** A table, the place of its index, and ways to open it: walks are counted. */
function example(folder = mkdtempSync(join(root, "x-"))) {
  const table = join(folder, "t.csv");
  writeFileSync(table, "rows");
  age(folder);
  const indexes = join(folder, "tables");
  const notices: string[] = [];
  const seen = { walks: 0 };
  const place: IndexPlace = { folder: indexes, notice: (text) => notices.push(text) };
  const open = async (
    more: Partial<IndexWish> & { readonly place?: IndexPlace | null; readonly wrong?: TomoeError } = {},
  ) => {
    const { place: where = place, wrong, ...wish } = more;
    const looks = new Looks();
    looks.told(folder, ["t.csv"]);
    return await indexed(where, { of: { layout: "table" }, looks, ...wish }, async (begin) => {
      seen.walks++;
      (wish.looks ?? looks).content(table);
      const cases = casesOf(8);
      const keep = begin(cases.length);
      for (const one of cases) await keep?.(one);
      if (wrong !== undefined) throw wrong;
      const { folder: of, manifest, fingerprint, more: found } = facts;
      return { dataset: { folder: of, manifest, fingerprint, cases }, more: found };
    });
  };
  return { folder, table, indexes, notices, seen, open };
}

const plain = { ...facts, cases: casesOf(8) };
const { more: _, ...dataset } = plain;

describe("a data set that is opened with an index", () => {
  it("is walked once, and is the same the first time, the second, and without one", async () => {
    const { indexes, notices, seen, open } = example();
    for (const place of [null, undefined, undefined]) {
      const opened = await open(place === null ? { place } : {});
      expect(wholeOf(opened.dataset)).toEqual(wholeOf(dataset));
      expect(opened.more).toEqual(facts.more);
    }
    expect(seen.walks).toBe(2);
    expect(notices).toEqual([]);
    const [path = "", ...others] = filesIn(indexes);
    expect(others).toEqual([]);
    expect([statSync(indexes).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(path).toMatch(/tables\/[0-9a-f]{40}\.rows$/);
  });

  it("has an index for everything else that decides what is handed out", async () => {
    const { indexes, seen, open } = example();
    await open();
    await open({ of: { layout: "table", reportRequest: "Other." } });
    expect([seen.walks, filesIn(indexes).length]).toEqual([2, 2]);
    await open({ of: { layout: "table", reportRequest: "Other." } });
    expect(seen.walks).toBe(2);
  });

  it("is walked anew, and says so, once a table changed; then it has an index again", async () => {
    const { table, notices, seen, open } = example();
    await open();
    utimesSync(table, 1e9, 1e9);
    await open();
    expect(notices).toEqual([`the index of the rows is older than ${table}: all tables are read`]);
    await open();
    expect([seen.walks, notices.length]).toEqual([2, 1]);
  });

  it("is walked anew where other tables were found on the way", async () => {
    const { notices, seen, open } = example();
    await open();
    const looks = new Looks();
    looks.told("/elsewhere", []);
    await open({ looks });
    expect(seen.walks).toBe(2);
    expect(notices).toEqual(["the index of the rows is of other tables: all tables are read"]);
  });

  it("does not depend on the order in which tables were looked for", async () => {
    const { seen, open } = example();
    const [first, second] = [new Looks(), new Looks()];
    for (const name of ["a", "b", "c"]) first.told(name, []);
    for (const name of ["c", "a", "b"]) second.told(name, []);
    await open({ looks: first });
    await open({ looks: second });
    expect(seen.walks).toBe(1);
  });

  it.each([
    ["cut off", "is cut off, or none", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["empty", "is cut off, or none", () => Buffer.alloc(0)],
    ["turned at its beginning", "is damaged", (bytes: Buffer) => turned(bytes, 20)],
    ["turned in its middle", "is damaged", (bytes: Buffer) => turned(bytes, bytes.length >> 1)],
    [
      "of another version",
      "is of another version",
      (bytes: Buffer) => {
        // The same head and checksum, of code that nobody has.
        return reheaded(bytes, (head) => ({ ...head, code: "0".repeat(64) }));
      },
    ],
    [
      "of another format",
      "is of another version",
      (bytes: Buffer) => reheaded(bytes, ({ format: _format, ...head }) => head),
    ],
  ])("is walked anew where its index is %s", async (_what, why, change) => {
    const { indexes, notices, seen, open } = example();
    await open();
    const [path = ""] = filesIn(indexes);
    writeFileSync(path, change(readFileSync(path)));
    expect(wholeOf((await open()).dataset)).toEqual(wholeOf(dataset));
    expect(notices).toEqual([`the index of the rows ${why}: all tables are read`]);
    await open();
    expect(seen.walks).toBe(2);
  });

  it("is walked where something that is looked at each time wants it, without a word", async () => {
    const { notices, seen, open } = example();
    await open();
    await open({ isGood: async ({ cases }) => cases.length === 8 });
    expect(seen.walks).toBe(1);
    await open({ isGood: async () => false });
    expect([seen.walks, notices]).toEqual([2, []]);
  });

  it("has no index of a walk that found something wrong, and leaves nothing of one", async () => {
    const { indexes, seen, open } = example();
    const wrong = new TomoeError("DATA_MANIFEST", "2 problems", { hint: "Mend the rows." });
    for (const walks of [1, 2]) {
      expect((await caught(() => open({ wrong }))).what).toBe("2 problems");
      expect(seen.walks).toBe(walks);
    }
    expect(filesIn(indexes)).toEqual([]);
  });

  it("has no index of tables that were written just now, or while they were read", async () => {
    const { table, indexes, seen, open } = example();
    utimesSync(table, new Date(), new Date());
    await open();
    expect(filesIn(indexes)).toEqual([]);
    age(table.replace(/\/t\.csv$/, ""));
    const looks = new Looks();
    looks.content(table);
    writeFileSync(table, "other rows");
    await open({ looks });
    expect(filesIn(indexes)).toEqual([]);
    expect(seen.walks).toBe(2);
  });

  it("is opened where no index can be kept, which is told once", async () => {
    const { folder, indexes, notices, seen, open } = example();
    writeFileSync(indexes, "a file in its place");
    expect(wholeOf((await open()).dataset)).toEqual(wholeOf(dataset));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^no index of the rows can be kept \(.*\): all tables are read at each opening$/,
    );
    expect(seen.walks).toBe(1);
    expect(existsSync(join(folder, "t.csv"))).toBe(true);
  });

  it("is opened where the project's key is damaged, which is told: without it an index has no name", async () => {
    const { folder, indexes, notices, seen, open } = example();
    const before = process.cwd();
    mkdirSync(join(folder, ".tomoe"));
    writeFileSync(join(folder, ".tomoe", "key"), "no key");
    process.chdir(folder);
    try {
      expect(wholeOf((await open()).dataset)).toEqual(wholeOf(dataset));
    } finally {
      process.chdir(before);
    }
    expect([seen.walks, existsSync(indexes)]).toEqual([1, false]);
    expect(notices).toEqual([
      expect.stringMatching(/^no index of the rows can be kept \(the project's key is damaged/),
    ]);
  });

  it("is opened by two at once, each with the whole of it, and leaves one index", async () => {
    const { indexes, open } = example();
    const both = await Promise.all([open(), open(), open()]);
    for (const one of both) expect(wholeOf(one.dataset)).toEqual(wholeOf(dataset));
    expect(indexesIn(indexes)).toHaveLength(1);
  });

  it("stops when it is told to, and leaves the index as it is", async () => {
    const { indexes, open } = example();
    await open();
    const before = indexesIn(indexes);
    expect((await caught(() => open({ signal: AbortSignal.abort() }))).code).toBe("CANCELLED");
    expect(indexesIn(indexes)).toEqual(before);
  });
});

function turned(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes);
  other[at] = (other[at] ?? 0) ^ 4;
  return other;
}

/** An index whose head says something else, with checksums that fit. */
function reheaded(bytes: Buffer, change: (head: Record<string, unknown>) => unknown): Buffer {
  const tail = tailIn(bytes.subarray(-tailBytes), bytes.length);
  if (tail === undefined) throw new Error("no index");
  const { at, bytes: length } = tail.head;
  const veil = Veil.of(bytes.subarray(0, 16));
  if (veil === undefined) throw new Error("no index");
  const found = veil.turned(bytes.subarray(at, at + length), at).toString("utf8");
  const text = Buffer.from(JSON.stringify(change(JSON.parse(found) as Record<string, unknown>)));
  const section = { at, bytes: text.length, crc32: crc32(text) };
  return Buffer.concat([bytes.subarray(0, at), veil.turned(text, at), tailOf({ ...tail, head: section })]);
}
