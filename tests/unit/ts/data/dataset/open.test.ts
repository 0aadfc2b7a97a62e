import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataset } from "../../../../../ts/data/dataset/open.ts";
import { casesOf } from "../../../../../ts/data/dataset/split.ts";
import { caught } from "../../../../support/caught.ts";
import { type DatasetRows, datasetRows, writeDataset } from "../../../../support/dataset-folder.ts";
import { age, filesIn, indexesIn, wholeOf } from "../../../../support/indexed.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("openDataset", () => {
  it("reads cases with their items, and its fingerprint follows every byte", async () => {
    writeDataset(folder, datasetRows());
    const first = await openDataset(folder);
    expect(casesOf(first, "train").map((entry) => entry.items.length)).toEqual([3, 3, 3, 3]);
    const changed = datasetRows();
    (changed.items[0] as Record<string, unknown>).target = "Other.";
    writeDataset(folder, changed);
    expect((await openDataset(folder)).fingerprint).not.toBe(first.fingerprint);
  });

  it("names file and line of a row that does not fit", async () => {
    const broken = datasetRows();
    (broken.items[4] as Record<string, unknown>).tsak = "closed-vqa";
    writeDataset(folder, broken);
    const error = await caught(() => openDataset(folder));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain("items.jsonl:5");
    expect(error.message).toContain("tsak");
  });

  it.each<[string, (data: DatasetRows) => void, string, string]>([
    [
      "a subject in two splits",
      (data) => {
        (data.cases[1] as Record<string, unknown>).split = "test";
      },
      "DATA_LEAK",
      'subject "s0" stands in split "train" and in split "test"',
    ],
    [
      "an item of an unknown case",
      (data) => {
        (data.items[0] as Record<string, unknown>).case = "zz";
      },
      "DATA_MANIFEST",
      'names case "zz"',
    ],
    [
      "an id used twice",
      (data) => {
        (data.items[1] as Record<string, unknown>).id = "c0/r";
      },
      "DATA_MANIFEST",
      '"c0/r" is used twice',
    ],
    [
      "a closed item without choices",
      (data) => {
        delete (data.items[1] as Record<string, unknown>).choices;
      },
      "DATA_MANIFEST",
      "closed-vqa without choices",
    ],
    [
      "a target that is not a choice",
      (data) => {
        (data.items[1] as Record<string, unknown>).target = "e";
      },
      "DATA_MANIFEST",
      "not exactly one of its choices",
    ],
  ])("refuses %s", async (_what, spoil, code, message) => {
    const data = datasetRows();
    spoil(data);
    writeDataset(folder, data);
    const error = await caught(() => openDataset(folder));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("refuses files that hold fewer rows than the manifest counts, and a folder that is not there", async () => {
    writeDataset(folder, datasetRows(), { items: 99 });
    expect((await caught(() => openDataset(folder))).message).toContain("counts 6 cases and 99 items");
    const missing = await caught(() => openDataset(join(folder, "none")));
    expect([missing.code, missing.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    expect(missing.message).toContain("manifest.json does not exist");
  });

  it("refuses a set of no cases, and says how to fill it", async () => {
    writeDataset(folder, { cases: [], items: [] });
    const error = await caught(() => openDataset(folder));
    expect([error.code, error.hint]).toEqual(["DATA_EMPTY", "Write one row per scan into cases.jsonl."]);
  });
});

const files = ["manifest.json", "cases.jsonl", "items.jsonl"] as const;

describe("the rows of a dataset folder", () => {
  it("are those of its lines, and its fingerprint is over its files as text", async () => {
    const own = mkdtempSync(join(folder, "own-"));
    writeDataset(own, datasetRows());
    // Line ends of another system, an empty line and letters of several bytes are read as they lie.
    const items = readFileSync(join(own, "items.jsonl"), "utf8").replaceAll("Normal.", "Größe 肺.");
    writeFileSync(join(own, "items.jsonl"), `${items.replaceAll("\n", "\r\n")}\n\n`);
    const { cases, fingerprint, manifest } = await openDataset(own);
    const texts = files.map((name) => readFileSync(join(own, name), "utf8"));
    expect(fingerprint).toBe(createHash("sha256").update(texts.join("\n\0\n")).digest("hex"));
    const [of = "", rows = "", asked = ""] = texts;
    const parsed = (text: string): Record<string, unknown>[] =>
      text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(manifest).toEqual(JSON.parse(of));
    expect(cases.map(({ row }) => row)).toEqual(parsed(rows));
    expect(cases.flatMap((one) => [...one.items])).toEqual(parsed(asked));
  });

  it("are told by the first of several faults, as they always were: a line, then counts, ids, subjects, items", async () => {
    const own = mkdtempSync(join(folder, "own-"));
    const faulty = datasetRows();
    const [first, second] = faulty.items as Record<string, unknown>[];
    Object.assign(first ?? {}, { case: "zz" });
    Object.assign(second ?? {}, { id: "c0/r" });
    Object.assign(faulty.cases[1] ?? {}, { split: "test" });
    const told = async (manifest: object, last = "") => {
      writeDataset(own, faulty, manifest as Record<string, unknown>);
      writeFileSync(join(own, "items.jsonl"), last, { flag: "a" });
      return (await caught(() => openDataset(own))).message;
    };
    expect(await told({ items: 9 }, "\n{")).toContain("items.jsonl:19 is not JSON");
    expect(await told({ items: 9 })).toContain("counts 6 cases and 9 items");
    expect(await told({})).toContain('the item id "c0/r" is used twice');
    Object.assign(second ?? {}, { id: "other" });
    expect(await told({})).toContain('subject "s0" stands in split');
    Object.assign(faulty.cases[1] ?? {}, { split: "train" });
    expect(await told({})).toContain('names case "zz"');
  });

  it("name the file that is missing, or that is no file", async () => {
    for (const name of files) {
      const own = mkdtempSync(join(folder, "own-"));
      writeDataset(own, datasetRows());
      rmSync(join(own, name));
      const missing = await caught(() => openDataset(own));
      expect([missing.code, missing.message]).toEqual([
        "PATH_NOT_FOUND",
        `[PATH_NOT_FOUND] ${join(own, name)} does not exist`,
      ]);
    }
  });
});

describe("a dataset folder with an index", () => {
  function example() {
    const own = mkdtempSync(join(folder, "own-")),
      indexes = mkdtempSync(join(folder, "indexes-"));
    writeDataset(own, datasetRows());
    age(own);
    const notices: string[] = [];
    const index = { folder: indexes, notice: (text: string) => notices.push(text) };
    return { own, indexes, notices, open: async (more = {}) => await openDataset(own, { index, ...more }) };
  }

  it("is the same the first time, out of its index, and without one", async () => {
    const { own, indexes, notices, open } = example();
    const plain = wholeOf(await openDataset(own));
    expect(wholeOf(await open())).toEqual(plain);
    const before = indexesIn(indexes);
    expect(before).toHaveLength(1);
    const again = await open();
    expect(wholeOf(again)).toEqual(plain);
    expect(casesOf(again, "test").map(({ row }) => row.case)).toEqual(["c4", "c5"]);
    expect([indexesIn(indexes), notices]).toEqual([before, []]);
  });

  it("is read anew, and says so, once any of its files was touched or altered; and refused as without an index", async () => {
    for (const name of files) {
      const { own, notices, open } = example();
      await open();
      utimesSync(join(own, name), 1e9, 1e9);
      expect(wholeOf(await open())).toEqual(wholeOf(await openDataset(own)));
      expect(notices).toEqual([
        `the index of the rows is older than ${join(own, name)}: all tables are read`,
      ]);
      writeFileSync(join(own, name), "{");
      age(own);
      const plain = await caught(() => openDataset(own));
      expect((await caught(() => open())).message).toBe(plain.message);
      rmSync(join(own, name));
      expect((await caught(() => open())).code).toBe("PATH_NOT_FOUND");
    }
  });

  it("has one index where leaks are kept and another where they are refused", async () => {
    const { own, indexes, open } = example();
    const cases = join(own, "cases.jsonl");
    writeFileSync(cases, readFileSync(cases, "utf8").replace('"split":"train"', '"split":"test"'));
    age(own);
    await open({ keepsLeaks: true });
    expect((await caught(() => open())).code).toBe("DATA_LEAK");
    expect(filesIn(indexes)).toHaveLength(1);
    expect(casesOf(await open({ keepsLeaks: true }), "test")).toHaveLength(3);
  });

  it("stops when it is told to", async () => {
    const { open } = example();
    const signal = AbortSignal.abort();
    expect((await caught(() => open({ signal }))).code).toBe("CANCELLED");
    await open();
    expect((await caught(() => open({ signal }))).code).toBe("CANCELLED");
  });
});
