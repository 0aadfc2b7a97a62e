import {
  reportDigest,
  saltedDigest,
  trainedOn,
  trainedOnSchema,
} from "../../../../../ts/run/prepare/trained-on.ts";
import { datasetOf } from "../fixtures.ts";

const { cases } = datasetOf({ train: 4, test: 0 });
const salt = "s".repeat(32);
const scans = new Map(cases.map(({ row }, at) => [row.case, String(at).repeat(64)]));

describe("what a run keeps of its training cases", () => {
  it("is digests alone: no patient, case or text can be read off it", () => {
    const text = JSON.stringify(trainedOn({ cases, scans, hasTemplates: false, salt }));
    for (const { row, items } of cases)
      for (const word of [row.case, row.subject, ...items.map(({ target }) => target)])
        expect(text).not.toContain(word);
  });

  it("has each patient and scan once, in an order that tells nothing, and fits its schema", () => {
    const twice = [...cases, ...cases];
    const list = trainedOn({ cases: twice, scans, hasTemplates: false, salt });
    expect(trainedOnSchema.parse(list)).toEqual(list);
    expect(list.patients).toEqual([...new Set(list.patients)].sort());
    expect([list.patients.length, list.scans?.length]).toEqual([4, 4]);
    const turned = trainedOn({ cases: twice.toReversed(), scans, hasTemplates: false, salt });
    expect(turned).toEqual(list);
  });

  it("is salted: the lists of two data sets with the same patients have no digest in common", () => {
    const [one, other] = ["one", "other"].map((name) =>
      trainedOn({ cases, scans, hasTemplates: false, salt: name.repeat(10) }),
    );
    expect(one?.patients.some((digest) => other?.patients.includes(digest))).toBe(false);
    expect(one?.patients).toContain(saltedDigest(one?.salt ?? "", cases[0]?.row.subject ?? ""));
  });

  it("has the reports of one patient alone, as they look", () => {
    const list = trainedOn({ cases, scans, hasTemplates: false, salt });
    expect(list.reports).toHaveLength(4);
    expect(list.reports).toContain(reportDigest(list.salt, ` The SPLEEN  of ${cases[1]?.row.case ?? ""}\n`));
    const shared = cases.map((entry) => ({
      ...entry,
      items: entry.items.map((item) => ({ ...item, target: "no finding" })),
    }));
    expect(trainedOn({ cases: shared, scans, hasTemplates: false, salt }).reports).toEqual([]);
    const [first] = shared;
    const ofOne = first === undefined ? [] : [first, { ...first, row: { ...first.row, case: "again" } }];
    expect(trainedOn({ cases: ofOne, scans, hasTemplates: false, salt }).reports).toHaveLength(1);
  });

  it("says what it does not hold: scans that were not read, reports of templates", () => {
    const list = trainedOn({ cases, scans: null, hasTemplates: true, salt });
    expect([list.scans, list.reports, list.patients.length]).toEqual([null, null, 4]);
  });
});
