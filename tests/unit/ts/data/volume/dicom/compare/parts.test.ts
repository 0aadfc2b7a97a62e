import { createHash } from "node:crypto";
import {
  describePart,
  medianStep,
  mixed,
  partId,
  partsInWords,
} from "../../../../../../../ts/data/volume/dicom/compare/parts.ts";
import { keyedId } from "../../../../../../../ts/files/index.ts";
import { at } from "../../../../../../support/slice-headers.ts";

describe("partId", () => {
  it("is of the files, in any order, and cannot be one of a UID", () => {
    expect(partId(["a", "b"])).toBe(partId(["b", "a"]));
    expect(partId(["a", "b"])).toMatch(/^[0-9a-f]{16}$/);
    expect(partId(["a"])).not.toBe(partId(["a", "a"]));
  });

  it("is under the project's key, so that no digest of a known file gives it", () => {
    const plain = createHash("sha256").update("a\nb").digest("hex");
    expect(plain.startsWith(partId(["a", "b"]))).toBe(false);
    expect(keyedId("series", "a\nb").startsWith(partId(["a", "b"]))).toBe(true);
  });
});

describe("describePart", () => {
  it("tells reconstructions apart by thickness, step, range and field of view", () => {
    expect(describePart(at([10, 14, 12]))).toEqual({
      series: partId(["file-1", "file-2", "file-3"]),
      modality: "CT",
      slices: 3,
      columns: 5,
      rows: 4,
      localizer: false,
      thicknessMm: 3,
      stepMm: 2,
      rangeMm: [10, 14],
      fieldOfViewMm: [3.75, 2],
      firstFile: null,
    });
    const where = (number: number) => ({ where: `file ${number} of 12 (in name order) of /x` });
    expect(
      describePart(
        at([10, 14, 12], (z) => where(12 - z)),
        "KVP 80",
      ),
    ).toMatchObject({
      firstFile: 10,
      differs: "KVP 80",
    });
    expect(describePart(at([10])).stepMm).toBeNull();
  });
});

describe("medianStep", () => {
  it("is the lower median of the steps, and 0 of one place", () => {
    expect([medianStep([0, 2, 4, 9]), medianStep([0, 1, 4]), medianStep([3])]).toEqual([2, 1, 0]);
  });
});

describe("mixed", () => {
  const parts = Array.from({ length: 9 }, (_, number) =>
    at([number, number + 1], () => ({ fileDigest: `${number}` })),
  );

  it("gives every part an id in the details, and names four", () => {
    const error = mixed("the cause", parts, { differsIn: "matrix" });
    expect([error.code, error.what, error.details.differsIn]).toEqual([
      "DATA_SERIES_MIXED",
      "the cause",
      "matrix",
    ]);
    expect(error.details.series).toHaveLength(9);
    expect(error.hint).toMatch(
      /^Read one part with --series ID: ([0-9a-f]{16} \([^)]+\); ){4}and 5 more \(--json/,
    );
  });

  it("has words for a few rows alone", () => {
    const rows = parts.map((part) => describePart(part));
    expect(partsInWords(rows.slice(0, 1))).toMatch(
      /^[0-9a-f]{16} \(CT, 2 slices, 3 mm thick, step 1 mm, 0 to 1 mm along the normal, field of view 3\.75 x 2 mm\)$/,
    );
    const bare = { series: "0123456789abcdef", modality: "OT", slices: 1, localizer: false };
    expect(partsInWords([bare])).toBe("0123456789abcdef (OT, 1 slice)");
    expect(partsInWords(rows)).toMatch(/; and 5 more$/);
    expect(partsInWords([describePart(at([1], () => ({ localizer: true })))])).toContain("(CT, 1 localizer,");
    expect(mixed("it", parts.slice(0, 2), {}, ([one]) => `phase ${one?.instance}`).hint).toContain(
      "2 slices, phase 1,",
    );
  });
});
