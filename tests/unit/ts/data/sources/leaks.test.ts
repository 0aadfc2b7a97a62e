import { LeakScan, plainReport } from "../../../../../ts/data/sources/leaks.ts";
import type { SourceCase, SourceItem, SplitName } from "../../../../../ts/data/sources/source.ts";
import { seeded } from "../../../../support/body-voxels.ts";

const place = { table: "t", row: 1 };
const caseOf = (id: string, patient: string, split: SplitName | null): SourceCase => ({
  id,
  patient,
  paths: [`/${id}`],
  split,
  place,
});
const report = (of: string, target: string, more: Partial<SourceItem> = {}): SourceItem => ({
  id: `${of}/report`,
  case: of,
  task: "report",
  question: null,
  target,
  place,
  ...more,
});

/** A scan over cases as `id patient split report`. */
function scanned(...lines: readonly string[]): LeakScan {
  const scan = new LeakScan();
  const rows = lines.map((line) => line.split(" "));
  for (const [id = "", patient = "", split] of rows) scan.case(caseOf(id, patient, split as SplitName));
  for (const [id = "", , split, text] of rows)
    if (text !== undefined) scan.item(report(id, text), split as SplitName);
  return scan;
}

describe("a report as it is compared", () => {
  it.each([
    ["Lungs  clear.\r\n", "LUNGS clear."],
    ["ﬁssure", "fissure"],
    ["\u00a0No effusion", "no effusion"],
  ])("%j is %j", (one, other) => {
    expect(plainReport(one)).toBe(plainReport(other));
  });

  it("keeps what is said apart", () => {
    expect(plainReport("No effusion.")).not.toBe(plainReport("Effusion."));
  });
});

describe("a scan for leaks", () => {
  it("finds none where every patient and report is in one split", () => {
    const scan = scanned("a p1 train x", "b p1 train x", "c p2 test y");
    expect(scan.leaks()).toEqual([]);
    expect(scan.repeatedReports).toBe(1);
  });

  it("counts patients by the splits that share them", () => {
    const scan = scanned("a p1 train", "b p1 test", "c p2 train", "d p2 test", "e p2 validation");
    expect(scan.leaks()).toEqual([
      { kind: "patient", splits: ["train", "test"], count: 1 },
      { kind: "patient", splits: ["train", "validation", "test"], count: 1 },
    ]);
  });

  it("counts a case that stands in two splits as patient and volume", () => {
    const scan = scanned("a p1 train", "a p1 validation");
    expect(scan.leaks().map(({ kind }) => kind)).toEqual(["patient", "volume"]);
  });

  it("counts equal bytes of two splits once, however many cases have them", () => {
    const scan = new LeakScan();
    expect([scan.volume("d", "train"), scan.volume("d", "train"), scan.volume("d", "test")]).toEqual([
      false,
      true,
      true,
    ]);
    expect(scan.leaks()).toEqual([{ kind: "volume", splits: ["train", "test"], count: 1 }]);
  });

  it("takes an item of another split for a leak of its case", () => {
    const scan = new LeakScan();
    scan.case(caseOf("a", "p1", "train"));
    scan.item(report("a", "x", { task: "open-vqa", split: "test" }), "train");
    expect(scan.leaks().map(({ kind, splits }) => [kind, ...splits])).toEqual([
      ["patient", "train", "test"],
      ["volume", "train", "test"],
    ]);
  });

  it("counts a report that one patient of the first split has and another of a later one too", () => {
    expect(scanned("a p1 train x", "b p2 test x").leaks()).toEqual([
      { kind: "report", splits: ["train", "test"], count: 1 },
    ]);
    expect(scanned("a p1 train x", "a2 p1 train x", "b p2 test x").leaks()).toHaveLength(1);
  });

  it("leaves out a report that several patients of the first split share", () => {
    const scan = scanned("a p1 train x", "b p2 train x", "c p3 test x");
    expect(scan.leaks()).toEqual([]);
    expect(scan.repeatedReports).toBe(2);
  });

  it("compares reports of one region with each other alone, and questions not at all", () => {
    const scan = scanned("a p1 train", "b p2 test");
    scan.item(report("a", "Normal.", { type: "chest" }), "train");
    expect(scan.item(report("b", "Normal.", { type: "abdomen" }), "test")).toBe(false);
    expect(scan.item(report("b", "Normal.", { task: "open-vqa" }), "test")).toBe(false);
    expect(scan.leaks()).toEqual([]);
    expect(scan.item(report("b", "normal.", { type: "chest" }), "test")).toBe(true);
  });

  it("takes cases without a split for no split of their own", () => {
    const scan = new LeakScan();
    scan.case(caseOf("a", "p1", null));
    scan.case(caseOf("b", "p1", "train"));
    expect(scan.leaks()).toEqual([]);
  });
});

describe("leaks of any cohort", () => {
  interface Row {
    readonly id: string;
    readonly patient: string;
    readonly split: SplitName;
    readonly text: string;
  }
  const order = ["train", "validation", "test"] as const;

  function cohort(seed: number): readonly Row[] {
    const next = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(list.length * next())] as T;
    return Array.from({ length: 80 }, (_, at) => ({
      id: `c${at}`,
      patient: `p${Math.floor(40 * next())}`,
      split: pick(order),
      text: `t${Math.floor(60 * next())}`,
    }));
  }

  /** By the splits that share it, how many of what `keyOf` names. */
  function shared(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, readonly string[]> {
    const splits = new Map<string, Set<SplitName>>();
    for (const row of rows) splits.set(keyOf(row), (splits.get(keyOf(row)) ?? new Set()).add(row.split));
    const found = new Map<string, readonly string[]>();
    for (const [key, set] of splits)
      if (set.size > 1) {
        const name = order.filter((split) => set.has(split)).join("+");
        found.set(name, [...(found.get(name) ?? []), key]);
      }
    return found;
  }

  it.each([1, 2, 3, 4, 5])("are those that sets of names give (seed %d)", (seed) => {
    const rows = cohort(seed);
    const scan = new LeakScan();
    for (const { id, patient, split } of rows) scan.case(caseOf(id, patient, split));
    for (const { id, text, split } of rows) scan.item(report(id, text), split);
    const found = new Map(
      scan.leaks().map(({ kind, splits, count }) => [`${kind} ${splits.join("+")}`, count]),
    );
    const wanted = new Map<string, number>();
    for (const [name, keys] of shared(rows, ({ patient }) => patient))
      wanted.set(`patient ${name}`, keys.length);
    for (const [name, texts] of shared(rows, ({ text }) => text)) {
      const first = name.split("+")[0];
      const own = texts.filter((text) => {
        const mine = rows.filter((row) => row.text === text && row.split === first);
        return new Set(mine.map(({ patient }) => patient)).size === 1;
      });
      if (own.length > 0) wanted.set(`report ${name}`, own.length);
    }
    expect([...found].sort()).toEqual([...wanted].sort());
    expect(scan.repeatedReports).toBe(rows.length - new Set(rows.map(({ text }) => text)).size);
  });
});
