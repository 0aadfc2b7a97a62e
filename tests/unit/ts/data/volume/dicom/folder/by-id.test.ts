import { describePart, partId } from "../../../../../../../ts/data/volume/dicom/compare/parts.ts";
import { partById, readable } from "../../../../../../../ts/data/volume/dicom/folder/by-id.ts";
import type { SliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { TomoeError } from "../../../../../../../ts/errors.ts";
import { caught } from "../../../../../../support/caught.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const idOf = (slices: readonly SliceHeader[]): string => partId(slices.map((slice) => slice.fileDigest));
const acquisition = (number: number): Partial<SliceHeader> => ({
  traits: new Map([["AcquisitionNumber" as const, { key: String(number), number }]]),
});
const small = { rows: 2, columns: 2, bitsAllocated: 16, bitsStored: 16, signed: true } as const;
/** Two stacks that interleave, and one slice of another matrix among them. */
const series = at([0, 1, 2, 3, 4, 5, 6, 7, 8], (index) => ({
  ...acquisition(1 + (index % 2)),
  ...(index === 8 ? { pixels: small } : {}),
}));
const listing = [describePart(series)];
const find = (wanted: string, all = [series]) => partById(all, wanted, "/scans", listing);

describe("partById", () => {
  it("finds a whole series, a stack of it, its odd slice, and a stack of its usual ones", () => {
    const [usual, odd] = [series.slice(0, 8), series.slice(8)];
    const first = usual.filter((_, index) => index % 2 === 0);
    expect(find(idOf(series))).toEqual({ slices: series, others: 0 });
    expect(find(idOf(usual))).toEqual({ slices: usual, others: 1 });
    expect(find(idOf(odd))).toEqual({ slices: odd, others: 8 });
    expect(find(idOf(first))).toEqual({ slices: first, others: 5 });
  });

  it("looks through every series", () => {
    const other = at([3, 4], () => ({ fileDigest: "other" }));
    expect(find(idOf(series.slice(8)), [other, series]).others).toBe(8);
  });

  it("refuses an unknown id with what the folder holds, and the id that was meant", async () => {
    const id = idOf(series);
    const error = await caught(() => find("no-such-id"));
    expect([error.code, error.exitCode, error.details]).toEqual([
      "USAGE_INVALID",
      64,
      { path: "/scans", series: listing },
    ]);
    expect(error.message).toMatch(
      /^\[USAGE_INVALID\] there is no series "no-such-id" in \/scans; it holds [0-9a-f]{16} \(CT, 9 slices,/,
    );
    const mistyped = `${id.slice(0, 5)}x${id.slice(6)}`;
    // One id in two thousand has no letter, and is itself in capitals.
    const capitals = [id.toUpperCase()].filter((wanted) => wanted !== id);
    for (const wanted of [id.slice(0, 6), mistyped, ...capitals])
      expect((await caught(() => find(wanted))).message).toContain(`, did you mean ${id}?`);
    const part = idOf(series.slice(0, 8));
    expect((await caught(() => find(part.slice(0, 8)))).message).toContain(`did you mean ${part}?`);
  });
});

describe("readable", () => {
  it("has no parts of a series that is refused, and hides no bug", () => {
    expect(readable(() => [1, 2])).toEqual([1, 2]);
    expect(
      readable(() => {
        throw new TomoeError("DATA_GEOMETRY", "no place", { hint: "Export it again." });
      }),
    ).toEqual([]);
    expect(() =>
      readable(() => {
        throw new RangeError("a bug");
      }),
    ).toThrow("a bug");
  });
});
