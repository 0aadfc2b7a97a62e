import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ContentTally } from "../../../../../ts/data/sources/certified/content.ts";
import { RowKeeper, splitProblems } from "../../../../../ts/data/sources/keep.ts";
import { tableSource } from "../../../../../ts/data/sources/layouts/table/table.ts";
import { readSkips } from "../../../../../ts/data/sources/skips.ts";
import { caught } from "../../../../support/caught.ts";
import { writeRows } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
writeRows(folder, "rows.csv", [
  "case,patient,image,split,report,question,choices,answer",
  "a,p1,a.nii.gz,train,Clear.,,,",
  "b,p2,../b.nii.gz,train,Out of the folder.,,,",
  "c,p3,c.nii.gz,test,A nodule.,Is it?,yes|no,maybe",
  "d,p1,d.nii.gz,test,Same patient.,,,",
]);

const problem = (more: object): string =>
  JSON.stringify({
    code: "DATA_MANIFEST",
    message: "m",
    case: null,
    item: null,
    table: "rows.csv",
    row: 1,
    ...more,
  });

async function skipsOf(...lines: readonly string[]) {
  const path = join(folder, "problems.jsonl");
  writeFileSync(path, lines.join("\n"));
  return await readSkips(path);
}

async function keep(options: Partial<ConstructorParameters<typeof RowKeeper>[1]> = {}) {
  const source = await tableSource.open(join(folder, "rows.csv"));
  const tally = new ContentTally(source.schema, options.skips !== undefined);
  const keeper = new RowKeeper(source, { ignoresSplits: false, tally, ...options });
  const kept: string[] = [];
  for await (const { kind, row } of keeper.rows()) kept.push(`${kind} ${row.id}`);
  return { keeper, kept, tally };
}

describe("rows that are kept", () => {
  it("come while others are wrong, and all that is wrong comes at the end, in one error", async () => {
    const { keeper, kept } = await keep();
    expect(kept).toEqual(["case a", "case c", "item rows.csv:2", "item rows.csv:4/report"]);
    const error = await caught(() => Promise.resolve(keeper.finish()));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.details.count).toBe(3);
    expect(error.message).toContain('rows.csv:3: "../b.nii.gz" leaves the folder of its table');
    expect(error.message).toContain("is none of its choices");
    expect(error.message).toContain('patient "p1" is in train');
  });

  it("are without what a file of problems names, which is counted with its items", async () => {
    const skips = await skipsOf(
      problem({ case: "a", code: "DATA_NOT_HU", skips: "case" }),
      problem({ case: "b", skips: "row" }),
      problem({ case: "c", item: "rows.csv:4", skips: "row" }),
    );
    const { keeper, kept, tally } = await keep({ skips, keepsLeaks: true });
    keeper.finish();
    expect(kept).toEqual(["case c", "case d", "item rows.csv:4/report", "item rows.csv:5"]);
    expect(keeper.skipped.map(({ case: of, item }) => [of, item])).toEqual([
      ["a", null],
      ["b", null],
      ["c", "rows.csv:4"],
    ]);
    expect(tally.filters()).toEqual([
      { name: "problems", of: "cases", split: null, before: 4, after: 2 },
      // Of the question of c, and of the reports of a and b.
      { name: "problems", of: "items", split: null, before: 5, after: 2 },
    ]);
  });

  it("may leak where somebody said why; nothing else is let through", async () => {
    const { keeper, kept } = await keep({ keepsLeaks: true });
    expect(kept).toContain("case d");
    const error = await caught(() => Promise.resolve(keeper.finish()));
    expect(error.details.count).toBe(2);
  });

  it("are refused as a leak where splits alone are wrong", async () => {
    const skips = await skipsOf(
      problem({ case: "b", skips: "row" }),
      problem({ case: "c", item: "rows.csv:4", skips: "row" }),
    );
    const { keeper } = await keep({ skips });
    expect((await caught(() => Promise.resolve(keeper.finish()))).code).toBe("DATA_LEAK");
  });

  it("take what else is found to be wrong with them", async () => {
    const { keeper } = await keep({ keepsLeaks: true });
    keeper.refuse({ code: "PATH_NOT_FOUND", message: "gone", hint: "h", case: "a", place: null });
    const error = await caught(() => Promise.resolve(keeper.finish()));
    expect(error.details.count).toBe(3);
    expect(error.message).toContain("; gone");
  });
});

describe("the split of a case", () => {
  const row = { id: "a", patient: "p", paths: ["/a"], place: { table: "t", row: 4 } } as const;
  const table = { digest: "", splitOf: new Map([["a", "test"]] as const) };

  it("is stated by its row or by the table that replaces the rows' splits", () => {
    expect(splitProblems({ ...row, split: "train" }, undefined)).toEqual([]);
    expect(splitProblems({ ...row, split: null }, table)).toEqual([]);
  });

  it("is asked for where neither states one", () => {
    expect(splitProblems({ ...row, split: null }, undefined)).toMatchObject([
      { code: "DATA_MANIFEST", message: 'case "a" is in no split', case: "a", place: row.place },
    ]);
    expect(splitProblems({ ...row, id: "b", split: "train" }, table)).toMatchObject([
      { message: 'case "b" has no row in the table of splits', hint: expect.stringContaining("data split") },
    ]);
  });
});
