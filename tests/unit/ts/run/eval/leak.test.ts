import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatasetCase } from "../../../../../ts/data/dataset/index.ts";
import type { PredictionRow } from "../../../../../ts/eval/index.ts";
import { guardAgainstLeaks, guardRows } from "../../../../../ts/run/eval/leak.ts";
import type { EvalMaterial } from "../../../../../ts/run/eval/material.ts";
import { leakOf } from "../../../../../ts/run/prepare/leak.ts";
import { trainedOn } from "../../../../../ts/run/prepare/trained-on.ts";
import type { Receipt } from "../../../../../ts/schema/volume.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder } from "../fixtures.ts";

interface Case {
  readonly id: string;
  readonly patient: string;
  readonly scan: string;
  readonly report: string;
}

const hex = (text: string): string => Buffer.from(text.padEnd(32, "-")).toString("hex").slice(0, 64);

const casesOf = (cases: readonly Case[]): readonly DatasetCase[] =>
  cases.map(({ id, patient, report }) => ({
    row: { case: id, subject: patient, path: `${id}.nii`, split: "test" },
    items: [{ id: `${id}-r`, case: id, task: "report", question: "Write.", target: report }],
  }));

const scansOf = (cases: readonly Case[]): ReadonlyMap<string, string> =>
  new Map(cases.map(({ id, scan }) => [id, hex(scan)]));

function materialOf(cases: readonly Case[], training: readonly DatasetCase[] | null = null): EvalMaterial {
  const receipts = new Map(
    [...scansOf(cases)].map(([id, sourceDigest]) => [id, { sourceDigest } as Receipt]),
  );
  return {
    cases: [],
    heldOut: casesOf(cases),
    training,
    receipts,
    certificate: null,
    cacheDir: "",
    digest: "",
  };
}

const training: readonly Case[] = [
  { id: "a", patient: "P1", scan: "scan of a", report: "A cyst in the liver of eight millimetres." },
  { id: "b", patient: "P2", scan: "scan of b", report: "No acute finding." },
  { id: "c", patient: "P3", scan: "scan of c", report: "No acute finding." },
];
const known = trainedOn({
  cases: casesOf(training),
  scans: scansOf(training),
  hasTemplates: false,
  salt: "s".repeat(32),
});
const fresh = (change: Partial<Case>): Case => ({
  id: "t",
  patient: "P9",
  scan: "new scan",
  report: "A new one.",
  ...change,
});

describe("what stands in the training of a run", () => {
  it.each([
    ["nothing", fresh({}), [0, 0, 0]],
    ["a patient", fresh({ patient: "P2" }), [1, 0, 0]],
    ["the bytes of a scan under another name", fresh({ scan: "scan of c" }), [0, 1, 0]],
    [
      "a report that one patient alone has",
      fresh({ report: "a cyst  in the LIVER of eight millimetres." }),
      [0, 0, 1],
    ],
    ["a report that many have", fresh({ report: "No acute finding." }), [0, 0, 0]],
    ["all three", fresh({ patient: "P1", scan: "scan of a", report: training[0]?.report ?? "" }), [1, 1, 1]],
  ])("is found: %s", (_title, test, counts) => {
    const { patients, scans, reports } = leakOf(materialOf([test, fresh({ id: "u" })]), known);
    expect([patients.length, scans.length, reports.length]).toEqual(counts);
    for (const found of [patients, scans, reports]) expect(found.every((id) => id === "t")).toBe(true);
  });

  it("does not count reports that a template puts together", () => {
    const list = trainedOn({
      cases: casesOf(training),
      scans: scansOf(training),
      hasTemplates: true,
      salt: "s".repeat(32),
    });
    expect(list.reports).toBeNull();
    expect(leakOf(materialOf([fresh({ report: training[0]?.report ?? "" })]), list).reports).toEqual([]);
  });
});

describe("the guard", () => {
  const runDir = freshFolder();
  const guard = async (
    tests: readonly Case[],
    reason: string | null = null,
    more: readonly DatasetCase[] | null = null,
  ) => await guardAgainstLeaks({ runDir, hasTemplates: false, reason }, materialOf(tests, more));

  beforeEach(() => {
    writeFileSync(join(runDir, "trained-on.json"), JSON.stringify(known));
  });

  it("says that the split is disjoint where it is", async () => {
    expect(await guard([fresh({})])).toEqual({ signature: "split:disjoint", warnings: [] });
  });

  it("refuses a leaky split with counts and the first cases", async () => {
    const failure = await caught(() =>
      guard([fresh({ patient: "P1" }), fresh({ id: "u", scan: "scan of b" }), fresh({ id: "v" })]),
    );
    expect([failure.code, failure.exitCode]).toEqual(["DATA_LEAK", 65]);
    expect(failure.message).toContain(
      "2 of 3 test cases stand in the training of the run: patients of 1 cases, scans of 1 cases (first: t, u)",
    );
    expect(failure.details).toEqual({
      patients: 1,
      scans: 1,
      reports: 0,
      first: { patients: ["t"], scans: ["u"], reports: [] },
    });
    expect(failure.hint).toContain("--allow-leak");
  });

  it("lets one through for a reason, which stands in the signature and in a warning", async () => {
    const { signature, warnings } = await guard([fresh({ patient: "P1" })], "official | split\n of M3D");
    expect(signature).toBe("split:leaky(1 of 1 cases; official split of M3D)");
    expect(warnings.map(({ code }) => code)).toEqual(["LEAK_ALLOWED"]);
  });

  it("says that a reason was not needed by saying nothing of it", async () => {
    expect((await guard([fresh({})], "just in case")).signature).toBe("split:disjoint");
  });

  it("makes the list of the run's data where the run has none, and says what was not compared", async () => {
    rmSync(join(runDir, "trained-on.json"));
    const { signature, warnings } = await guard([fresh({ scan: "scan of a" })], null, casesOf(training));
    expect([signature, warnings.map(({ code }) => code)]).toEqual([
      "split:not-fully-compared",
      ["LEAK_PARTLY_CHECKED"],
    ]);
    const failure = await caught(() => guard([fresh({ patient: "P3" })], null, casesOf(training)));
    expect(failure.code).toBe("DATA_LEAK");
  });

  it("says that nothing was compared where there is neither list nor data", async () => {
    rmSync(join(runDir, "trained-on.json"));
    const { signature, warnings } = await guard([fresh({ patient: "P1" })]);
    expect([signature, warnings.map(({ code }) => code)]).toEqual([
      "split:not-fully-compared",
      ["LEAK_UNCHECKED"],
    ]);
  });

  it("refuses a list that was changed", async () => {
    writeFileSync(join(runDir, "trained-on.json"), JSON.stringify({ ...known, patients: ["P1"] }));
    const failure = await caught(() => guard([fresh({})]));
    expect([failure.code, failure.message.includes("patients.0")]).toEqual(["RECORD_INVALID", true]);
  });
});

describe("the guard of a run's own predictions", () => {
  const runDir = freshFolder();
  const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
    id,
    case: `case-of-${id}`,
    subject: "P9",
    task: "report",
    target: "Another report.",
    prediction: "What was said.",
    ...more,
  });
  const guard = async (rows: readonly PredictionRow[], isAllowed = false) =>
    await guardRows({ runDir, isAllowed }, rows);

  beforeEach(() => {
    writeFileSync(join(runDir, "trained-on.json"), JSON.stringify(known));
  });

  it("says nothing where no patient and no report was trained on", async () => {
    expect(await guard([row("1"), row("2", { task: "open-vqa" })])).toBeUndefined();
  });

  it("says nothing where the run has no list, or the rows name no patient", async () => {
    const { subject: _subject, ...nameless } = row("1");
    expect(await guard([nameless])).toBeUndefined();
    rmSync(join(runDir, "trained-on.json"));
    expect(await guard([row("1", { subject: "P1" })])).toBeUndefined();
  });

  it("refuses patients that were trained on, each case once however many rows it has", async () => {
    const rows = ["1", "2", "3"].map((id) => row(id, { subject: "P1", case: "one" }));
    const failure = await caught(() => guard([...rows, row("4")]));
    expect(failure.code).toBe("DATA_LEAK");
    expect(failure.message).toContain(
      "1 of 2 test cases stand in the training of the run: patients of 1 cases",
    );
    expect(failure.details).toMatchObject({ patients: 1, reports: 0, first: { patients: ["one"] } });
    expect(failure.hint).toContain("--allow-leak scores them all the same");
  });

  it("refuses a report that one training patient alone has, as it looks, in rows of reports alone", async () => {
    const target = "A CYST in the liver of eight  millimetres.";
    const failure = await caught(() => guard([row("1", { target })]));
    expect(failure.details).toMatchObject({ patients: 0, reports: 1 });
    expect(await guard([row("1", { target, task: "open-vqa" })])).toBeUndefined();
    expect(await guard([row("1", { target: "No acute finding." })])).toBeUndefined();
  });

  it("marks every number where it is allowed", async () => {
    const verdict = await guard([row("1", { subject: "P2" }), row("2")], true);
    expect(verdict?.signature).toBe("split:leaky(1 of 2 cases; allowed by --allow-leak)");
    expect(verdict?.warnings).toEqual([
      { code: "LEAK_ALLOWED", message: expect.stringContaining("1 of 2 test cases stand in the training") },
    ]);
  });
});
