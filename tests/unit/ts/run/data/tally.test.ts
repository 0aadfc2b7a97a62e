import type { SourceCase, SourceItem } from "../../../../../ts/data/sources/index.ts";
import type { ReadCase } from "../../../../../ts/run/data/scans/read-scans.ts";
import type { ScanVerdict } from "../../../../../ts/run/data/scans/scan-check.ts";
import { Tally } from "../../../../../ts/run/data/tally.ts";

const place = { table: "t", row: 1 };
const row = (id: string): SourceCase => ({ id, patient: `p${id}`, paths: [`/${id}`], split: "train", place });
const verdict: ScanVerdict = {
  verdict: "ok",
  deep: true,
  refusal: null,
  shapeDHW: [1, 2, 3],
  spacingMmDHW: [2.5, 1, 1],
  warnings: [],
  hu: null,
  sample: "s",
  content: null,
  source: null,
};
const read = (id: string, more: Partial<ScanVerdict> | null = {}): ReadCase => ({
  row: row(id),
  stamp: null,
  verdict: more === null ? null : { ...verdict, ...more },
});
const item: SourceItem = { id: "i", case: "a", task: "report", question: null, target: "Clear.", place };
const hu = (mean: number, p50: number) => {
  const shares = Array.from({ length: 56 }, (_, bin) => (bin === 0 ? 1 : 0));
  return { min: mean - 10, max: mean + 10, mean, p01: -1000, p50, p99: 300, shares };
};

describe("the tally of a verification", () => {
  it("counts cases by what came of them, and items", () => {
    const tally = new Tally("t", false);
    tally.scan(read("a"));
    tally.scan(read("b", null));
    tally.scan(
      read("c", {
        verdict: "refused",
        refusal: { code: "DATA_EMPTY", message: "m", hint: "h" },
        spacingMmDHW: null,
      }),
    );
    tally.refusedCase();
    tally.item(item, false);
    tally.item(item, true);
    tally.refusedItem();
    expect(tally.cases).toEqual({ total: 4, read: 1, refused: 2, missing: 1 });
    expect(tally.items).toEqual({ total: 3, refused: 2 });
    expect(tally.sliceMm).toEqual([2.5]);
    expect(tally.hu()).toBeNull();
  });

  it("counts what filters left out, by filter and kind", () => {
    const tally = new Tally("t", false);
    const dropped = { id: "a", task: null, split: null, place } as const;
    for (const what of ["case", "item", "item"] as const)
      tally.drop({ ...dropped, what, filter: "no-chest" });
    expect(tally.dropped).toEqual([
      { what: "case", filter: "no-chest", count: 1 },
      { what: "item", filter: "no-chest", count: 2 },
    ]);
  });

  it("has HU over scans: the widest range, the mean of means, medians of quantiles", () => {
    const tally = new Tally("t", false);
    tally.scan(read("a", { hu: hu(-100, -50) }));
    tally.scan(read("b", { hu: hu(100, 10), verdict: "suspect" }));
    tally.scan(read("c", { hu: hu(30, 40) }));
    expect(tally.hu()).toEqual({
      scans: 3,
      ok: 2,
      suspect: 1,
      min: -110,
      max: 110,
      mean: 10,
      p01: -1000,
      p50: 10,
      p99: 300,
    });
    expect(tally.shares[0]).toBe(3);
  });

  it("has a digest that sees rows, verdicts and what was asked for, and not where a scan lies", () => {
    const digest = (change: (tally: Tally) => void, what = "t"): string => {
      const tally = new Tally(what, false);
      change(tally);
      return tally.finish();
    };
    const one = digest((tally) => tally.scan(read("a")));
    const elsewhere = { ...read("a"), row: { ...row("a"), paths: ["/else"] as const } };
    expect(digest((tally) => tally.scan(elsewhere))).toBe(one);
    const others = [
      digest((tally) => tally.scan(read("b"))),
      digest((tally) => tally.scan(read("a", { sample: "z" }))),
      digest((tally) => tally.scan(read("a", null))),
      digest((tally) => tally.scan(read("a")), "other"),
      digest((tally) => tally.item(item, false)),
      digest((tally) => tally.item({ ...item, target: "Not clear." }, false)),
    ];
    expect(new Set([one, ...others]).size).toBe(7);
  });

  it("has all bytes of a scan in its digest where every voxel is read", () => {
    const digest = (deep: boolean, content: string): string => {
      const tally = new Tally("t", deep);
      tally.scan(read("a", { content }));
      return tally.finish();
    };
    expect(digest(true, "x")).not.toBe(digest(true, "y"));
    expect(digest(false, "x")).toBe(digest(false, "y"));
  });
});
