import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderPrompt, splitBySubject } from "../../../../../ts/data/dataset/index.ts";
import { collectRows, datasetOf } from "../../../../../ts/data/sources/collect.ts";
import { m3dVqaSource } from "../../../../../ts/data/sources/layouts/m3d/vqa.ts";
import { tableSource } from "../../../../../ts/data/sources/layouts/table/table.ts";
import { readSkips } from "../../../../../ts/data/sources/skips.ts";
import type { SourceItem } from "../../../../../ts/data/sources/source.ts";
import { caught } from "../../../../support/caught.ts";
import { m3dVqaExample } from "../../../../support/layouts/m3d.ts";
import { generatedSource } from "../../../../support/manifest/generated.ts";
import { digestOf, walkedAlone } from "../../../../support/manifest/walks.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const options = { reportRequest: "Please report.", ignoresSplits: false } as const;
let made = 0;

/** A folder of one table, with these scans in it: their content is not looked at. */
function folderOf(table: string, scans: readonly string[]): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "t.csv"), table);
  for (const name of scans) writeFileSync(join(folder, name), "");
  return folder;
}

async function collected(
  table: string,
  scans: readonly string[],
  more: Partial<typeof options> | object = {},
) {
  return await datasetOf(await tableSource.open(folderOf(table, scans)), { ...options, ...more });
}

const whole =
  "case,image,patient,split,report,question,choices,answer,series\n" +
  "c1,1.nii,p1,train,Normal.,Is it?,yes|no,yes,\n" +
  "c2,2.nii,p2,test,,Which?,a|b|c|d|NA|f,f,abc\n";

describe("a data set collected for a run", () => {
  it("has what training and evaluation read: cases, splits, series, items with their words", async () => {
    const dataset = await collected(whole, ["1.nii", "2.nii"]);
    expect(dataset.manifest).toMatchObject({ name: "table", cases: 2, items: 3, facts: {} });
    expect(dataset.cases.map(({ row }) => [row.case, row.subject, row.split, row.series])).toEqual([
      ["c1", "p1", "train", undefined],
      ["c2", "p2", "test", "abc"],
    ]);
    const [first, second] = dataset.cases.flatMap(({ items }) => items);
    expect(first).toMatchObject({ task: "report", question: "Please report.", target: "Normal." });
    expect(second).toMatchObject({ task: "closed-vqa", choices: ["yes", "no"], target: "yes" });
    const prompt = renderPrompt(dataset.cases[1]?.items[0] ?? { question: "" });
    expect(prompt).toBe("Which? Choices: A. a B. b C. c D. d F. f");
  });

  it("has a fingerprint of what its rows say, not of where it lies", async () => {
    const first = await collected(whole, ["1.nii", "2.nii"]);
    expect((await collected(whole, ["1.nii", "2.nii"])).fingerprint).toBe(first.fingerprint);
    for (const [from, to] of [
      ["yes,\n", "no,\n"],
      ["p2", "p3"],
      ["abc", "abd"],
      ["test", "validation"],
    ] as const)
      expect((await collected(whole.replace(from, to), ["1.nii", "2.nii"])).fingerprint).not.toBe(
        first.fingerprint,
      );
  });

  it("is refused with all that is wrong, rows, scans and splits, at once", async () => {
    const table =
      "case,image,split,question,choices,answer\n" +
      "c1,1.nii,train,Q?,a|b,c\n" +
      "c2,2.nii,,Q?,a|b,a\n" +
      "c3,3.nii,train,Q?,a|b,a\n" +
      "c4,../4.nii,train,Q?,a|b,a\n";
    const error = await caught(() => collected(table, ["1.nii", "2.nii"]));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.message).toContain("4 problems in");
    expect(error.details.count).toBe(4);
    expect(error.details.problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ case: "c2", table: "t.csv", row: 3, message: 'case "c2" is in no split' }),
        expect.objectContaining({ case: "c4", row: 5, message: '"../4.nii" leaves the folder of its table' }),
        expect.objectContaining({
          case: "c1",
          item: "t.csv:2",
          row: 2,
          message: expect.stringContaining("none of its choices"),
        }),
        expect.objectContaining({
          case: "c3",
          row: 4,
          code: "PATH_NOT_FOUND",
          message: 'the scan of case "c3" is not there',
        }),
      ]),
    );
  });

  it("shows five problems and counts the rest", async () => {
    const rows = Array.from({ length: 8 }, (_, at) => `c${at},none${at}.nii,train,x`);
    const error = await caught(() => collected(`case,image,split,report\n${rows.join("\n")}`, []));
    expect(error.message).toMatch(/^\[DATA_MANIFEST\] 8 problems in .*; and 3 more$/);
    expect(error.details).toMatchObject({ count: 8, layout: "table" });
    expect(error.details.problems).toHaveLength(8);
  });

  it("leaks where the splits of its rows do, and not where they are drawn anew", async () => {
    const table = "case,image,patient,split,report\nc1,1.nii,p1,train,x\nc2,2.nii,p1,test,y\n";
    const error = await caught(() => collected(table, ["1.nii", "2.nii"]));
    expect(error.code).toBe("DATA_LEAK");
    const dataset = await collected(table, ["1.nii", "2.nii"], { ignoresSplits: true });
    expect(dataset.cases).toHaveLength(2);
  });

  it("needs no splits where they are drawn anew, and is refused where no case is left", async () => {
    const table = "case,image,report\nc1,1.nii,x\n";
    expect((await collected(table, ["1.nii"], { ignoresSplits: true })).cases).toHaveLength(1);
    const error = await caught(() => collected("case,image,report\n", []));
    expect(error.code).toBe("DATA_EMPTY");
  });
});

describe("a data set whose splits leak", () => {
  const shared =
    "case,image,patient,split,question,answer\n" + "c1,1.nii,p1,train,Q?,a\n" + "c2,2.nii,p1,test,Q?,b\n";

  it("is refused, unless leaks are kept", async () => {
    const error = await caught(() => collected(shared, ["1.nii", "2.nii"]));
    expect([error.code, error.exitCode]).toEqual(["DATA_LEAK", 65]);
    const kept = await collected(shared, ["1.nii", "2.nii"], { keepsLeaks: true });
    expect(kept.cases.map(({ row }) => [row.case, row.split])).toEqual([
      ["c1", "train"],
      ["c2", "test"],
    ]);
  });

  it("has a case of two splits as two, each with the items of its split", async () => {
    const source = await m3dVqaSource.open(await twiceAsked());
    const options = { reportRequest: "r", ignoresSplits: false };
    expect((await caught(() => datasetOf(source, options))).code).toBe("DATA_LEAK");
    const { cases } = await datasetOf(source, { ...options, keepsLeaks: true });
    const twice = cases.filter(({ row }) => row.case.startsWith("ct_case/000003"));
    expect(twice.map(({ row }) => row.split).sort()).toEqual(["test", "train"]);
    expect(new Set(twice.map(({ row }) => row.path)).size).toBe(1);
    for (const { row, items } of twice) {
      expect(items.every((item) => item.case === row.case)).toBe(true);
      expect(items.length).toBeGreaterThan(0);
    }
  });
});

/** M3D-VQA with a question of training on a volume of the test. */
async function twiceAsked(): Promise<string> {
  const { path } = await m3dVqaExample(join(root, `vqa${made++}`));
  const table = join(path, "M3D-VQA/M3D_VQA_train.csv");
  const row =
    "M3D_Cap_npy/ct_case/000003/Axial_C__arterial_phase.npy,a report,1,Which plane?,Axial,Coronal,Sagittal,NA,Axial,A";
  writeFileSync(table, `${readFileSync(table, "utf8")}\n${row}\n`);
  return path;
}

describe("a data set with a list of what is left out", () => {
  const broken =
    "case,image,split,question,choices,answer\n" +
    "c1,1.nii,train,Q?,a|b,a\n" +
    "c1,1.nii,train,Q?,a|b,c\n" +
    "c2,gone.nii,test,Q?,a|b,a\n" +
    "c3,3.nii,test,Q?,a|b,a\n" +
    "c4,4.nii,test,Q?,a|b,a\n";
  const told = [
    { code: "DATA_MANIFEST", message: "no choice", case: "c1", item: "t.csv:3", skips: "row" },
    { code: "PATH_NOT_FOUND", message: "not there", case: "c2", item: null, skips: "case" },
    { code: "DATA_NOT_HU", message: "an MR", case: "c4", item: null, skips: "case" },
  ].map((line) => ({ ...line, table: "t.csv", row: 3 }));

  async function skipping(lines: readonly object[]) {
    const path = join(root, `problems${made++}.jsonl`);
    writeFileSync(path, lines.map((line) => JSON.stringify(line)).join("\n"));
    return { skips: await readSkips(path) };
  }

  it("has the rest, and every reason", async () => {
    const { cases, skipped } = await collected(broken, ["1.nii", "3.nii", "4.nii"], await skipping(told));
    expect(cases.map(({ row, items }) => [row.case, items.length])).toEqual([
      ["c1", 1],
      ["c3", 1],
    ]);
    expect(skipped.map(({ case: of, code, message }) => [of, code, message]).sort()).toEqual([
      ["c1", "DATA_MANIFEST", "no choice"],
      ["c2", "PATH_NOT_FOUND", "not there"],
      ["c4", "DATA_NOT_HU", "an MR"],
    ]);
  });

  it("is refused with what the list does not name", async () => {
    const options = await skipping(told.slice(1));
    const error = await caught(() => collected(broken, ["1.nii", "3.nii", "4.nii"], options));
    expect(error.details.problems).toEqual([expect.objectContaining({ item: "t.csv:3" })]);
    expect(error.hint).toContain("problems");
  });
});

describe("a data set with a table of splits", () => {
  const splits = (entries: readonly (readonly [string, "train" | "test"])[]) => ({
    splits: { digest: "d", splitOf: new Map(entries) },
  });

  it("has them in place of its own, and another fingerprint", async () => {
    const scans = ["1.nii", "2.nii"];
    const own = await collected(whole, scans);
    const drawn = await collected(
      whole,
      scans,
      splits([
        ["c1", "test"],
        ["c2", "train"],
      ]),
    );
    expect(drawn.cases.map(({ row }) => row.split)).toEqual(["test", "train"]);
    expect(drawn.fingerprint).not.toBe(own.fingerprint);
    const same = await collected(
      whole,
      scans,
      splits([
        ["c1", "train"],
        ["c2", "test"],
      ]),
    );
    expect(same.fingerprint).toBe(own.fingerprint);
  });

  it("is refused with the cases that it does not name", async () => {
    const error = await caught(() => collected(whole, ["1.nii", "2.nii"], splits([["c1", "test"]])));
    expect(error.details.problems).toEqual([
      expect.objectContaining({ case: "c2", message: 'case "c2" has no row in the table of splits' }),
    ]);
  });
});

describe("a data set of many questions", () => {
  it("is kept in a tenth of the objects that its rows are, each case with its own in their order", () => {
    // As objects these rows take more than 100 MiB.
    const seen = walkedAlone("collect", { cases: 4000, itemsPerCase: 50, heapMiB: 48 });
    expect(seen).toMatchObject({ cases: 4000, items: 200_000, digest: digestOf(4000, 50) });
  });

  it("is kept in a few of the objects that its cases are, too", () => {
    // As objects these rows take some 40 MiB beside the 10 of a process that does nothing.
    const seen = walkedAlone("collect", { cases: 60_000, itemsPerCase: 1, heapMiB: 32 });
    expect(seen).toMatchObject({ cases: 60_000, items: 60_000, digest: digestOf(60_000, 1) });
  });

  it("gives the same items each time they are asked for, also beyond what stays in memory", async () => {
    const source = generatedSource(300, 100);
    const { cases, itemCount } = await collectRows(source, { ignoresSplits: false });
    const expected: SourceItem[] = [];
    for await (const found of source.items()) if (found.kind === "row") expected.push(found.row);
    expect(itemCount).toBe(30_000);
    const read = cases.flatMap(({ items }) => items);
    expect(read).toHaveLength(30_000);
    const byId = new Map(read.map((item) => [item.id, item]));
    expect(expected.map(({ id }) => byId.get(id))).toEqual(expected);
    expect(cases[17]?.items).toEqual(cases[17]?.items);
    expect(cases[17]?.items.map(({ case: of }) => of)).toEqual(Array.from({ length: 100 }, () => "case-17"));
  });

  it("has splits drawn by subject without reading a question", async () => {
    const dataset = await collected(whole, ["1.nii", "2.nii"]);
    let asked = 0;
    const cases = dataset.cases.map(({ row }) => ({
      row,
      get items() {
        asked++;
        return [];
      },
    }));
    const drawn = splitBySubject({ ...dataset, cases }, { train: 0.5, validation: 0, test: 0.5 }, 1);
    expect(drawn.cases.map(({ row }) => row.split).toSorted()).toEqual(["test", "train"]);
    expect(asked).toBe(0);
    expect(drawn.cases[0]?.items).toEqual([]);
    expect(asked).toBe(1);
  });
});
