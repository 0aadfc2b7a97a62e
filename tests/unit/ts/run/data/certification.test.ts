import { ContentTally } from "../../../../../ts/data/sources/certified/content.ts";
import { RowKeeper } from "../../../../../ts/data/sources/keep.ts";
import { phantomSource } from "../../../../../ts/data/sources/layouts/phantom.ts";
import type { SourceCase, SourceItem } from "../../../../../ts/data/sources/source.ts";
import { TomoeError } from "../../../../../ts/errors.ts";
import { Certification } from "../../../../../ts/run/data/certification.ts";
import { refusedScan, type ScanVerdict } from "../../../../../ts/run/data/scans/scan-check.ts";
import { caught } from "../../../../support/caught.ts";

const place = { table: "cases.jsonl", row: 1 };
const row = (id: string, more: Partial<SourceCase> = {}): SourceCase => ({
  id,
  patient: id,
  paths: ["/stack.nii.gz"],
  split: "train",
  place,
  ...more,
});

const verdict = (source: string | null): ScanVerdict => ({
  ...refusedScan(new TomoeError("DATA_NOT_HU", "stored values are no HU", { hint: "h" }), true),
  ...(source === null ? {} : { verdict: "ok", refusal: null, source }),
});

/** A certification as its walk drives it: rows that are kept reach the tally first. */
function begun() {
  const tally = new ContentTally({ filters: {} }, false);
  const source = { ...phantomSource, layout: "phantom", folder: "/data", tables: [] } as never;
  const keeper = new RowKeeper(source, { ignoresSplits: false, keepsLeaks: true, tally });
  const walk = new Certification({ keeper, tally, table: undefined });
  return {
    walk,
    take: (one: SourceCase, read: ScanVerdict | null): void => {
      tally.case(one);
      walk.row({ kind: "case", row: one });
      walk.scan({ row: one, stamp: null, verdict: read });
    },
    ask: (item: SourceItem): void => {
      tally.item(item, false);
      walk.row({ kind: "item", row: item });
    },
  };
}

describe("a certification", () => {
  it("tells slices of one stack apart, and finds one that stands in two splits", () => {
    const { walk, take } = begun();
    take(row("a", { slice: 0 }), verdict("stack"));
    take(row("b", { slice: 1, split: "test" }), verdict("stack"));
    expect(walk.finish("phantom").leaks).toEqual([]);
    take(row("c", { slice: 0, split: "test" }), verdict("stack"));
    expect(walk.finish("phantom").leaks).toEqual([{ kind: "volume", splits: ["train", "test"], count: 1 }]);
  });

  it("counts a case whose questions are of two splits as one patient and one volume that leak", () => {
    const { walk, take, ask } = begun();
    take(row("a"), verdict("bytes"));
    const item = { case: "a", task: "open-vqa", question: "What?", target: "A cyst.", place } as const;
    ask({ ...item, id: "1", split: "train" });
    ask({ ...item, id: "2", split: "test" });
    const { leaks, splits } = walk.finish("phantom");
    expect(leaks.map(({ kind, count }) => [kind, count])).toEqual([
      ["patient", 1],
      ["volume", 1],
    ]);
    expect(splits.train.scans).toBe(splits.test.scans);
  });

  it("refuses what has no scan, and a scan that is refused, with the reason and its code", async () => {
    const { walk, take } = begun();
    take(row("gone"), null);
    take(row("bad"), verdict(null));
    const error = await caught(() => Promise.resolve(walk.finish("phantom")));
    expect(error.details.count).toBe(2);
    expect(error.message).toContain('the scan of case "gone" is not there');
    expect(error.message).toContain(
      'the scan of case "bad" is refused: stored values are no HU (DATA_NOT_HU)',
    );
    expect(error.hint).toContain("--problems problems.jsonl");
  });

  it("knows whether it met anything", () => {
    const { walk, take } = begun();
    expect(walk.isEmpty).toBe(true);
    take(row("a"), verdict("bytes"));
    expect(walk.isEmpty).toBe(false);
  });
});
