import { copyFileSync, existsSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCertificate } from "../../../../../ts/data/sources/index.ts";
import {
  type CertifyDocument,
  type CertifyOptions,
  certifyData,
} from "../../../../../ts/run/data/certify.ts";
import { verifyData } from "../../../../../ts/run/data/verify.ts";
import { caught } from "../../../../support/caught.ts";
import { ctRateExample } from "../../../../support/layouts/ct-rate.ts";
import { cleanFolder, faultyFolder, writeRows } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;
const fresh = (): string => join(root, `f${made++}`);

const run = () => ({
  open: {},
  out: fresh(),
  signal: new AbortController().signal,
  onProgress: (): void => undefined,
  notice: (): void => undefined,
});

async function certify(path: string, more: Partial<CertifyOptions> = {}): Promise<CertifyDocument> {
  return await certifyData({ path, ...run(), ...more });
}

/** The rows of a clean folder under other names of scans, cases and patients, in another order. */
function renamedRows(folder: string): void {
  const rows = [0, 1, 2, 3].map((at) => {
    renameSync(join(folder, `scans/${at + 1}.nii.gz`), join(folder, `scans/scan-${at}.nii.gz`));
    return `Person ${at},Case ${at},scans/scan-${at}.nii.gz,${at < 2 ? "train" : "test"},Report ${at}.,Is it?,yes|no,yes`;
  });
  writeRows(folder, "rows.csv", [
    "patient,case,image,split,report,question,choices,answer",
    ...rows.toReversed(),
  ]);
}

describe("a data set that is certified", () => {
  it("has its filters with counts, and what each split holds", async () => {
    const { path } = await ctRateExample(fresh());
    const certificate = join(root, "rate.json");
    const document = await certify(path, { certificate });
    const chain = (of: string) =>
      document.filters
        .filter((filter) => filter.of === of && filter.split === "validation")
        .map(({ name, before, after }) => [name, before, after]);
    expect(chain("cases")).toEqual([["no-chest", 5, 4]]);
    expect(chain("report")).toEqual([
      ["same-scan", 5, 4],
      ["no-chest", 4, 3],
      ["equal-findings", 3, 2],
    ]);
    expect(document.splits).toMatchObject({
      train: { patients: 2, cases: 4, items: 6 },
      validation: { patients: 3, cases: 4, items: 6 },
      test: { patients: 0, cases: 0, items: 0 },
    });
    const { ok: _ok, skipped, resumed, certificate: written, ...stated } = document;
    expect([written, skipped, resumed]).toEqual([certificate, 0, 0]);
    expect(await readCertificate(certificate)).toEqual({ format: "tomoe.certificate/1", ...stated });
  });

  it("has one digest for equal content, and another one for another byte or word", async () => {
    const plain = await cleanFolder(fresh());
    const first = await certify(plain);
    const renamed = await cleanFolder(fresh());
    renamedRows(renamed);
    expect((await certify(renamed)).digest).toBe(first.digest);
    // The same rows on scans that lie elsewhere, two of them exchanged between splits.
    copyFileSync(join(renamed, "scans/scan-0.nii.gz"), join(renamed, "scans/held.nii.gz"));
    copyFileSync(join(renamed, "scans/scan-3.nii.gz"), join(renamed, "scans/scan-0.nii.gz"));
    copyFileSync(join(renamed, "scans/held.nii.gz"), join(renamed, "scans/scan-3.nii.gz"));
    const exchanged = await certify(renamed);
    expect(exchanged.digest).not.toBe(first.digest);
    expect(exchanged.splits.train.rows).toBe(first.splits.train.rows);
    expect(exchanged.splits.train.scans).not.toBe(first.splits.train.scans);
    const rows = readFileSync(join(plain, "rows.csv"), "utf8");
    writeFileSync(join(plain, "rows.csv"), rows.replace("Report 2.", "Report two."));
    const other = await certify(plain);
    expect(other.splits.test.rows).not.toBe(first.splits.test.rows);
    expect(other.splits.train).toEqual(first.splits.train);
  });

  it("takes the splits of a table in place of its own", async () => {
    const folder = await cleanFolder(fresh());
    const splits = join(root, "splits.csv");
    writeFileSync(splits, "case,split\nc0,test\nc1,train\nc2,train\nc3,train\n");
    const document = await certify(folder, { splits });
    expect([document.splits.train.cases, document.splits.test.cases]).toEqual([3, 1]);
    writeFileSync(splits, "case,split\nc0,test\n");
    const error = await caught(() => certify(folder, { splits }));
    expect([error.code, error.details.count]).toEqual(["DATA_MANIFEST", 3]);
    expect(error.message).toContain('case "c1" has no row in the table of splits');
  });

  it("says what its splits share: patients, volumes by their bytes, reports", async () => {
    const folder = await cleanFolder(fresh());
    copyFileSync(join(folder, "scans/1.nii.gz"), join(folder, "scans/3.nii.gz"));
    writeRows(folder, "rows.csv", [
      "case,patient,image,split,report",
      "a,p1,scans/1.nii.gz,train,One and the same.",
      "b,p1,scans/3.nii.gz,test,Another.",
      "c,p3,scans/2.nii.gz,test,one and  the same.",
    ]);
    const { leaks } = await certify(folder);
    const splits = ["train", "test"];
    expect(leaks).toEqual([
      { kind: "patient", splits, count: 1 },
      { kind: "volume", splits, count: 1 },
      { kind: "report", splits, count: 1 },
    ]);
  });

  it("is refused with all that is wrong with rows and scans, and certified without what a verification refused", async () => {
    const folder = await faultyFolder(fresh());
    const certificate = fresh();
    const error = await caught(() => certify(folder, { certificate }));
    expect([error.code, error.details.count]).toEqual(["DATA_MANIFEST", 6]);
    expect(error.message).toContain('the scan of case "missing" is not there');
    expect(existsSync(certificate)).toBe(false);
    const out = fresh();
    const { problems } = await verifyData({ ...run(), path: folder, deep: true, out });
    const document = await certify(folder, { problems, out });
    expect(document.filters).toEqual([
      { name: "problems", of: "cases", split: null, before: 8, after: 4 },
      { name: "problems", of: "items", split: null, before: 9, after: 3 },
    ]);
    // What the verification read is not read again.
    expect([document.skipped, document.resumed]).toEqual([6, 4]);
  });

  it("goes on where a call before was stopped, to the same digest", async () => {
    const folder = await cleanFolder(fresh());
    const whole = await certify(folder);
    const stop = new AbortController();
    const out = fresh();
    const certificate = fresh();
    const error = await caught(() =>
      certify(folder, { out, certificate, lanes: 1, signal: stop.signal, onProgress: () => stop.abort() }),
    );
    expect([error.code, error.exitCode]).toEqual(["CANCELLED", 130]);
    expect(error.message).toContain("the certification was stopped");
    expect(existsSync(certificate)).toBe(false);
    const again = await certify(folder, { out });
    expect([again.digest, again.resumed > 0]).toEqual([whole.digest, true]);
    // A scan that was touched is read again.
    utimesSync(join(folder, "scans/1.nii.gz"), 1, 1);
    expect((await certify(folder, { out })).resumed).toBe(3);
  });

  it("replaces no certificate, and has rows", async () => {
    const folder = await cleanFolder(fresh());
    const certificate = fresh();
    await certify(folder, { certificate });
    const error = await caught(() => certify(folder, { certificate }));
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_CREATE", 73]);
    writeRows(folder, "rows.csv", ["case,image,report"]);
    expect((await caught(() => certify(folder, { layout: "table" }))).code).toBe("DATA_EMPTY");
  });
});
