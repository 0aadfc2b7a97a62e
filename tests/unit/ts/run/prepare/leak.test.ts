import type { DatasetCase } from "../../../../../ts/data/dataset/index.ts";
import { checkSplit, judgeLeak, leakOf } from "../../../../../ts/run/prepare/leak.ts";
import { trainedOn } from "../../../../../ts/run/prepare/trained-on.ts";
import { caught } from "../../../../support/caught.ts";

const hex = (text: string): string => Buffer.from(text.padEnd(32, "-")).toString("hex").slice(0, 64);
const caseOf = (id: string, subject: string, report: string): DatasetCase => ({
  row: { case: id, subject, path: `${id}.nii`, split: "train" },
  items: [{ id: `${id}-r`, case: id, task: "report", question: "Write.", target: report }],
});

const train = [caseOf("a", "p1", "A cyst."), caseOf("b", "p2", "Clear."), caseOf("c", "p3", "Clear.")];
const whole = { train, hasTemplates: false, salt: "s".repeat(32), scans: null, reason: null } as const;
const scans = new Map(["a", "b", "c"].map((id) => [id, { sourceDigest: hex(id) }]));

describe("the split of a run", () => {
  it("is whole where no patient, report or scan is on both sides", () => {
    expect(checkSplit({ ...whole, heldOut: [caseOf("t", "p9", "New.")] })).toBeNull();
    expect(checkSplit({ ...whole, heldOut: [caseOf("t", "p9", "Clear.")] })).toBeNull();
  });

  it.each([
    ["a patient", caseOf("t", "p1", "New."), { patients: 1, scans: 0, reports: 0 }],
    [
      "a report that one training patient has",
      caseOf("t", "p9", "a  CYST."),
      { patients: 0, scans: 0, reports: 1 },
    ],
  ])("is refused with %s, before a scan is read", async (_what, entry, counts) => {
    const error = await caught(() => checkSplit({ ...whole, heldOut: [entry] }));
    expect([error.code, error.exitCode]).toEqual(["DATA_LEAK", 65]);
    expect(error.details).toMatchObject(counts);
    expect(error.hint).toContain("allowLeak");
    expect(error.hint).toContain("--allow-leak");
  });

  it("is refused with the bytes of a training scan under another name, once scans are read", async () => {
    const heldOut = [caseOf("t", "p9", "New.")];
    const read = new Map([...scans, ["t", { sourceDigest: hex("b") }]]);
    const error = await caught(() => checkSplit({ ...whole, heldOut, scans: read }));
    expect(error.details).toMatchObject({ scans: 1, first: { scans: ["t"] } });
    expect(checkSplit({ ...whole, heldOut, scans })).toBeNull();
  });

  it("may leak for a reason, which stands in a part of every signature", () => {
    const heldOut = [caseOf("t", "p1", "New."), caseOf("u", "p9", "New too.")];
    expect(checkSplit({ ...whole, heldOut, reason: "the | official\nsplit " })).toEqual({
      signature: "split:leaky(1 of 2 cases; the official split)",
      message:
        "1 of 2 test cases stand in the training of the run: patients of 1 cases; allowed: the official split",
    });
    expect(checkSplit({ ...whole, heldOut: [caseOf("u", "p9", "New.")], reason: "just in case" })).toBeNull();
  });

  it("is not asked where the data's own kind checked it", () => {
    expect(checkSplit({ ...whole, heldOut: train, reason: undefined })).toBeNull();
  });

  it("asks nothing of reports that templates put together", () => {
    expect(checkSplit({ ...whole, heldOut: [caseOf("t", "p9", "A cyst.")], hasTemplates: true })).toBeNull();
  });
});

describe("what was found", () => {
  it("names cases by what they share", () => {
    const known = trainedOn({
      cases: train,
      scans: new Map([["a", hex("a")]]),
      hasTemplates: false,
      salt: "s".repeat(32),
    });
    const heldOut = [caseOf("t", "p2", "New."), caseOf("u", "p9", "A cyst."), caseOf("v", "p8", "Other.")];
    const receipts = new Map([["v", { sourceDigest: hex("a") }]]);
    expect(leakOf({ heldOut, receipts }, known)).toEqual({ patients: ["t"], scans: ["v"], reports: ["u"] });
  });

  it("is told with counts, and the first five of each kind", async () => {
    const patients = Array.from({ length: 9 }, (_, at) => `t${at}`);
    const error = await caught(() =>
      judgeLeak({ patients, scans: [], reports: ["t1"] }, 20, { reason: null, hint: "Do it." }),
    );
    expect(error.message).toContain(
      "9 of 20 test cases stand in the training of the run: patients of 9 cases, reports of 1 cases",
    );
    expect(error.details.first).toEqual({ patients: patients.slice(0, 5), scans: [], reports: ["t1"] });
    expect(error.hint).toBe("Do it.");
  });
});
