import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ContentTally, caseInSplit } from "../../../../../../ts/data/sources/certified/content.ts";
import { RowKeeper } from "../../../../../../ts/data/sources/keep.ts";
import { ctRateSource } from "../../../../../../ts/data/sources/layouts/ct-rate/ct-rate.ts";
import { threeDRadSource } from "../../../../../../ts/data/sources/layouts/on-ct-rate/three-d-rad.ts";
import type { SourceCase, SourceItem, SplitName } from "../../../../../../ts/data/sources/source.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const place = { table: "rows.csv", row: 2 };

const scan = (id: string, more: Partial<SourceCase> = {}): SourceCase => ({
  id,
  patient: `p-${id}`,
  paths: [`/scans/${id}.nii.gz`],
  split: "train",
  place,
  ...more,
});

const report = (of: string, target: string, more: Partial<SourceItem> = {}): SourceItem => ({
  id: `${of}/${target}`,
  case: of,
  task: "report",
  question: null,
  target,
  place,
  ...more,
});

const own = (_: string, split: SplitName | null): SplitName | null => split;

function tallied(cases: readonly SourceCase[], items: readonly SourceItem[]): ContentTally {
  const tally = new ContentTally({ filters: {} }, false);
  for (const row of cases) tally.case(row);
  for (const row of items) tally.item(row, false);
  return tally;
}

const rowsOf = (cases: readonly SourceCase[], items: readonly SourceItem[]): string =>
  tallied(cases, items).splits(own).train.rows;

describe("the content of a split", () => {
  const cases = [scan("a", { patient: "x" }), scan("b", { patient: "x" }), scan("c", { patient: "y" })];
  const items = [report("a", "Clear."), report("b", "A nodule."), report("c", "Übergröße, 正常.")];
  const digest = rowsOf(cases, items);

  it("is the same whatever rows are called, where scans lie and in which order they come", () => {
    const called = (id: string): string => `another ${id}`;
    const renamed = cases.map((row) => ({
      ...row,
      id: called(row.id),
      patient: `person ${row.patient}`,
      paths: [`/elsewhere/${row.id}`] as const,
      // The id of a series is under the key of a project: two projects have two.
      series: `keyed-${row.id}`,
      place: { table: "other.csv", row: 99 },
    }));
    const asked = items.map((row) => ({
      ...row,
      id: `i${row.id}`,
      case: called(row.case),
      extra: { reader: "2" },
    }));
    expect(rowsOf(renamed.toReversed(), asked.toReversed())).toBe(digest);
  });

  it.each<[string, readonly SourceCase[], readonly SourceItem[]]>([
    ["a word of a report", cases, [report("a", "Clear"), ...items.slice(1)]],
    ["the type of an item", cases, [report("a", "Clear.", { type: "chest" }), ...items.slice(1)]],
    ["a question", cases, [report("a", "Clear.", { question: "Describe." }), ...items.slice(1)]],
    ["an item twice", cases, [...items, report("a", "Clear.", { id: "more" })]],
    ["an item of another case", cases, [report("c", "Clear."), ...items.slice(1)]],
    ["scans of one patient that are two patients'", [scan("a", { patient: "z" }), ...cases.slice(1)], items],
    [
      "scaling by a table",
      [{ ...cases[0], calibration: { slope: 1, intercept: -1024 } } as SourceCase, ...cases.slice(1)],
      items,
    ],
    ["a slice of a stack", [scan("a", { patient: "x", slice: 3 }), ...cases.slice(1)], items],
    ["a fact", [scan("a", { patient: "x", facts: { side: 1 } }), ...cases.slice(1)], items],
    ["a case less", cases.slice(1), items.slice(1)],
  ])("is another one for %s", (_what, others, asked) => {
    expect(rowsOf(others, asked)).not.toBe(digest);
  });

  it("counts patients, cases and items, in the splits that are asked for", () => {
    const tally = tallied(cases, items);
    expect(tally.splits(own).train).toEqual({ patients: 2, cases: 3, items: 3, rows: digest });
    expect(tally.splits(own).test).toMatchObject({ patients: 0, cases: 0, items: 0 });
    const drawn = tally.splits((id) => (id === "c" ? "test" : "train"));
    expect([drawn.train.cases, drawn.test.cases, drawn.test.patients]).toEqual([2, 1, 1]);
  });

  it("has a case in both splits, where its items are of two", () => {
    const tally = tallied([scan("a")], [report("a", "One."), report("a", "Two.", { split: "test" })]);
    const { train, test } = tally.splits(own);
    expect([train, test]).toMatchObject([
      { cases: 1, items: 1 },
      { cases: 1, items: 1 },
    ]);
    expect([...tally.cases(own)]).toEqual([
      ["a", "train"],
      ["a", "test"],
    ]);
    expect(caseInSplit("a", "test")).toBe("a (test)");
    // Where splits are drawn anew nobody asks what an item says of its own.
    const drawn = new ContentTally({ filters: {} }, false);
    drawn.case(scan("a"));
    drawn.item(report("a", "Two.", { split: "test" }), true);
    expect(drawn.splits(own).train).toMatchObject({ cases: 1, items: 1 });
  });

  it("is of the scans' bytes too, once they are known", () => {
    const tally = tallied(cases, items);
    const bytes = (of: Readonly<Record<string, string>>) => tally.scans("train", own, (id) => of[id]);
    const first = bytes({ a: "1", b: "2", c: "3" });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    // Which scan a report is of counts, not only which scans there are.
    expect(bytes({ a: "2", b: "1", c: "3" })).not.toBe(first);
    expect(bytes({ a: "1", b: "2" })).toBeNull();
    expect(tally.scans("test", own, () => undefined)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("the filters of a data set", () => {
  it("of CT-RATE have the counts that papers name: 3,039 volumes, 3,002 without brain; 1,564, 1,551, 1,493 reports", async () => {
    const folder = join(root, "CT-RATE");
    const at = (name: string): string => join(folder, "dataset", name);
    for (const name of ["valid_fixed", "metadata", "radiology_text_reports", "multi_abnormality_labels"])
      mkdirSync(at(name), { recursive: true });
    // 1,564 scans in 3,039 reconstructions, 37 of which are of the 13 brain scans at the end.
    const volumes = Array.from({ length: 1564 }, (_, scanNumber) =>
      Array.from({ length: reconstructions(scanNumber) }, (_, at) => `valid_${scanNumber + 1}_a_${at + 1}`),
    );
    const names = volumes.flat();
    const brain = volumes.slice(-13).flat();
    expect([names.length, brain.length]).toEqual([3039, 37]);
    writeFileSync(
      at("metadata/validation_metadata.csv"),
      `VolumeName\n${names.map((name) => `${name}.nii.gz\n`).join("")}`,
    );
    writeFileSync(at("metadata/no_chest_valid.txt"), brain.map((name) => `${name}.nii.gz\n`).join(""));
    const findings = (name: string): number => Math.min(Number(name.split("_")[1]), 1493);
    writeFileSync(
      at("radiology_text_reports/validation_reports.csv"),
      `VolumeName,Findings_EN,Impressions_EN\n${names.map((name) => `${name}.nii.gz,Findings ${findings(name)}.,None.\n`).join("")}`,
    );
    writeFileSync(
      at("multi_abnormality_labels/valid_predicted_labels.csv"),
      "VolumeName,Nodule\nvalid_1_a_1.nii.gz,0\n",
    );
    const source = await ctRateSource.open(folder);
    const tally = new ContentTally(source.schema, false);
    const keeper = new RowKeeper(source, { ignoresSplits: false, tally });
    for await (const _ of keeper.rows());
    keeper.finish();
    const told = tally.filters().map(({ name, of, before, after }) => [of, name, before, after]);
    expect(told).toEqual([
      ["cases", "no-chest", 3039, 3002],
      ["report", "same-scan", 3039, 1564],
      ["report", "no-chest", 1564, 1551],
      ["report", "equal-findings", 1551, 1493],
      ["open-vqa", "no-chest", 1, 1],
    ]);
  });

  /** Reconstructions of a scan, so that 1,551 scans of the chest have 3,002 and 13 of the brain 37. */
  function reconstructions(scanNumber: number): number {
    if (scanNumber >= 1551) return scanNumber < 1562 ? 3 : 2;
    return scanNumber < 1451 ? 2 : 1;
  }

  it("go by the task of what is dropped, and items of a dropped case go with it", () => {
    const tally = new ContentTally(threeDRadSource.schema, false);
    tally.case(scan("a"));
    const drop = { what: "item", id: "x", split: "train", place } as const;
    tally.drop({ ...drop, task: "open-vqa", filter: "same-scan" });
    tally.drop({ ...drop, task: "closed-vqa", filter: "case" });
    expect(tally.filters()).toEqual([
      { name: "same-scan", of: "closed-vqa", split: "train", before: 1, after: 1 },
      { name: "case", of: "closed-vqa", split: "train", before: 1, after: 0 },
      { name: "same-scan", of: "open-vqa", split: "train", before: 1, after: 0 },
    ]);
  });

  it("have what a file of problems leaves out as the last one", () => {
    const tally = new ContentTally({ filters: {} }, true);
    tally.case(scan("a"));
    tally.item(report("a", "Clear."), false);
    tally.leaveOut("cases");
    tally.leaveOut("items");
    tally.leaveOut("items");
    const problems = { name: "problems", split: null } as const;
    expect(tally.filters()).toEqual([
      { ...problems, of: "cases", before: 2, after: 1 },
      { ...problems, of: "items", before: 3, after: 1 },
    ]);
    tally.leaveOut("rows");
    expect(tally.filters()[2]).toEqual({ ...problems, of: "rows", before: 1, after: 0 });
  });
});

describe("the state of a tally", () => {
  const rows = [
    scan("a", { patient: "x" }),
    scan("b", { patient: "x", split: "test" }),
    scan("c", { split: null }),
  ];
  const asked = [report("a", "Clear."), report("a", "Here."), report("b", "A nodule.", { split: "train" })];

  it("gives, as JSON and back, the same filters, splits, scans and cases", () => {
    const tally = new ContentTally({ filters: { cases: ["no-chest"], report: ["equal"] } }, true);
    for (const row of rows) tally.case(row);
    for (const row of asked) tally.item(row, false);
    tally.drop({ what: "case", id: "d", task: null, filter: "no-chest", split: "train", place });
    tally.drop({ what: "item", id: "e", task: "report", filter: "equal", split: "test", place });
    tally.leaveOut("items");
    const state = JSON.parse(JSON.stringify(tally.state()));
    const again = new ContentTally({ filters: { cases: ["no-chest"], report: ["equal"] } }, true, state);
    const scanOf = (id: string, of: string) => `${id}/${of}`;
    for (const one of [tally, again]) {
      expect(one.filters()).toEqual(tally.filters());
      expect(one.splits(own)).toEqual(tally.splits(own));
      expect(one.splits(() => "test").test).toMatchObject({ patients: 2, cases: 4, items: 3 });
      expect(one.scans("train", own, scanOf)).toBe(tally.scans("train", own, scanOf));
      expect(one.scans("train", own, () => undefined)).toBeNull();
      expect([...one.cases(own)]).toEqual([
        ["a", "train"],
        ["b", "test"],
        ["c", null],
        ["b", "train"],
      ]);
      expect(one.splitOf("b")).toBe("test");
      expect(one.state()).toEqual(state);
    }
    expect(tally.splits(own).train).toMatchObject({ patients: 1, cases: 2, items: 3 });
  });

  it("is another one for another word of any item", () => {
    const digest = (target: string) => {
      const tally = tallied(rows, [report("a", target)]);
      return new ContentTally({ filters: {} }, false, tally.state()).splits(own).train.rows;
    };
    expect(digest("Clear.")).toBe(digest("Clear."));
    expect(digest("Clear.")).not.toBe(digest("Clear!"));
  });
});
