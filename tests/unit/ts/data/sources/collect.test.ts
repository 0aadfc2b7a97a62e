import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderPrompt } from "../../../../../ts/data/dataset/index.ts";
import { datasetOf } from "../../../../../ts/data/sources/collect.ts";
import { tableSource } from "../../../../../ts/data/sources/layouts/table/table.ts";
import { caught } from "../../../../support/caught.ts";
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
    expect(error.details.problems).toEqual([
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
    ]);
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
