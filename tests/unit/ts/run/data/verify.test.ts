import { appendFileSync, copyFileSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VerifyDocument, VerifyOptions } from "../../../../../ts/run/data/index.ts";
import { verifyData } from "../../../../../ts/run/data/verify.ts";
import { caught } from "../../../../support/caught.ts";
import { cleanFolder, faultyFolder, writeRows } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;
const fresh = (): string => join(root, `f${made++}`);

async function verified(path: string, more: Partial<VerifyOptions> = {}): Promise<VerifyDocument> {
  const { signal } = new AbortController();
  const nothing = (): void => undefined;
  const options = { path, open: {}, deep: false, out: fresh(), signal, onProgress: nothing, notice: nothing };
  return await verifyData({ ...options, ...more });
}

const linesOf = (document: VerifyDocument) =>
  readFileSync(document.problems, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

describe("a data set that is verified", () => {
  it("is counted, with nothing to tell where nothing is wrong", async () => {
    const done: (readonly number[])[] = [];
    const folder = await cleanFolder(fresh());
    const document = await verified(folder, { onProgress: (...progress) => done.push(progress) });
    expect(document).toMatchObject({
      ok: true,
      layout: "table",
      cases: { total: 4, read: 4, refused: 0, missing: 0 },
      items: { total: 8, refused: 0 },
      duplicates: { volumes: 0, reports: 0 },
      leaks: [],
      hu: null,
      codes: [],
      resumed: 0,
    });
    expect(done).toEqual([1, 2, 3, 4].map((n) => [n, 4]));
    expect(linesOf(document)).toEqual([]);
    expect(document.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("has its HU with --deep, over every voxel", async () => {
    const { hu, cases } = await verified(await cleanFolder(fresh()), { deep: true });
    expect(cases.read).toBe(4);
    expect(hu).toMatchObject({ scans: 4, ok: expect.any(Number) });
    expect(hu?.min).toBeGreaterThanOrEqual(-1100);
    expect(hu?.min).toBeLessThan(hu?.p50 ?? 0);
    expect(hu?.p99).toBeLessThanOrEqual(hu?.max ?? 0);
  });

  it("tells the same however many scans are read at once, byte by byte", async () => {
    const folder = await faultyFolder(fresh());
    const one = await verified(folder, { deep: true, lanes: 1 });
    for (const lanes of [2, 5]) {
      const { problems, csv, picture, ...same } = await verified(folder, { deep: true, lanes });
      expect({ ...same, problems: one.problems, csv: one.csv, picture: one.picture }).toEqual(one);
      for (const [mine, first] of [
        [problems, one.problems],
        [csv, one.csv],
        [picture, one.picture],
      ] as const)
        expect(readFileSync(mine, "utf8")).toBe(readFileSync(first, "utf8"));
    }
  });

  it("tells everything that is wrong with rows and scans in one go, each with case, table and row", async () => {
    const document = await verified(await faultyFolder(fresh()));
    expect(document.cases).toEqual({ total: 8, read: 4, refused: 3, missing: 1 });
    expect(document.items).toEqual({ total: 9, refused: 6 });
    expect(document.duplicates).toEqual({ volumes: 1, reports: 1 });
    expect(document.leaks).toEqual([
      { kind: "patient", splits: ["train", "test"], count: 1 },
      { kind: "volume", splits: ["train", "test"], count: 1 },
      { kind: "report", splits: ["train", "test"], count: 1 },
    ]);
    const told = linesOf(document).map(({ kind, code, case: of, table, row, skips }) => [
      `${String(table)}:${String(row)}`,
      kind,
      code,
      of,
      skips,
    ]);
    expect(told.toSorted()).toEqual(
      [
        ["rows.csv:3", "leak", "DATA_LEAK", "equal", null],
        ["rows.csv:3", "note", "DUPLICATE_REPORT", "equal", null],
        ["rows.csv:4", "leak", "DATA_LEAK", "same patient", null],
        ["rows.csv:5", "refused", "DATA_HEADER", "torn", "case"],
        ["rows.csv:6", "refused", "PATH_NOT_FOUND", "missing", "case"],
        ["rows.csv:7", "refused", "DATA_EMPTY", "empty", "case"],
        ["rows.csv:8", "refused", "DATA_MANIFEST", "outside", "row"],
        ["rows.csv:9", "refused", "DATA_MANIFEST", "answer", "row"],
        ["rows.csv:10", "refused", "DATA_MANIFEST", "answer", "row"],
      ].toSorted(),
    );
  });

  it("has its problems as a table and its state as a picture beside the lines", async () => {
    const document = await verified(await faultyFolder(fresh()));
    const csv = readFileSync(document.csv, "utf8").split("\r\n");
    expect(csv[0]).toBe("kind,code,case,item,table,row,message,hint,skips");
    expect(csv.filter((line) => line !== "")).toHaveLength(1 + linesOf(document).length);
    expect(readFileSync(document.picture, "utf8")).toContain("8 cases: 4 read, 3 refused, 1 missing");
  });

  it("has one digest wherever it lies, and another once a row or a voxel is another", async () => {
    const folder = await cleanFolder(fresh());
    const { digest } = await verified(folder);
    expect((await verified(await cleanFolder(fresh()))).digest).toBe(digest);
    copyFileSync(join(folder, "scans/1.nii.gz"), join(folder, "scans/2.nii.gz"));
    const other = await verified(folder);
    expect(other.digest).not.toBe(digest);
    expect(other.duplicates.volumes).toBe(1);
    expect(linesOf(other)).toEqual([
      expect.objectContaining({ kind: "note", code: "DUPLICATE_VOLUME", case: "c1", row: 3 }),
    ]);
  });

  it("is refused where there is nothing in it", async () => {
    const folder = await cleanFolder(fresh());
    writeRows(folder, "rows.csv", ["case,image"]);
    expect(await caught(() => verified(folder, { layout: "table" }))).toMatchObject({ code: "DATA_EMPTY" });
  });
});

describe("a verification that ended early", () => {
  it("goes on where it stood: what was read is not read again, and comes to the same", async () => {
    const folder = await cleanFolder(fresh());
    const whole = await verified(folder);
    const out = fresh();
    const stop = new AbortController();
    const error = await caught(() =>
      verified(folder, { out, lanes: 1, signal: stop.signal, onProgress: () => stop.abort() }),
    );
    expect([error.code, error.exitCode]).toEqual(["CANCELLED", 130]);
    expect(error.hint).toContain("same command again");
    expect(readdirSync(out).filter((name) => !name.startsWith("."))).toEqual(["ledger"]);
    const rest = await verified(folder, { out });
    expect(rest.resumed).toBeGreaterThan(0);
    expect({ ...rest, resumed: 0, problems: "", csv: "", picture: "" }).toEqual({
      ...whole,
      problems: "",
      csv: "",
      picture: "",
    });
  });

  it("cuts what a kill tore off the ledger, and says so", async () => {
    const folder = await cleanFolder(fresh());
    const out = fresh();
    await verified(folder, { out });
    appendFileSync(join(out, "ledger/000000.jsonl"), '{"seq":4,"scan":"ha');
    const notices: string[] = [];
    const { resumed } = await verified(folder, { out, notice: (line) => notices.push(line) });
    expect(resumed).toBe(4);
    expect(notices.join()).toContain("cut 19 bytes");
  });

  it("reads a scan again that was changed since, and all of them where headers were read and voxels are asked for", async () => {
    const folder = await cleanFolder(fresh());
    const out = fresh();
    await verified(folder, { out });
    utimesSync(join(folder, "scans/1.nii.gz"), 1, 1);
    expect((await verified(folder, { out })).resumed).toBe(3);
    expect((await verified(folder, { out, deep: true })).resumed).toBe(0);
    expect((await verified(folder, { out })).resumed).toBe(4);
  });

  it("leaves the problems of the call before until its own are whole", async () => {
    const folder = await faultyFolder(fresh());
    const out = fresh();
    const { problems } = await verified(folder, { out });
    const before = readFileSync(problems, "utf8");
    const stop = new AbortController();
    stop.abort();
    await caught(() => verified(folder, { out, signal: stop.signal }));
    expect(readFileSync(problems, "utf8")).toBe(before);
  });

  it("is the only one into its folder", async () => {
    const folder = await cleanFolder(fresh());
    const out = fresh();
    const [first, second] = await Promise.allSettled([verified(folder, { out }), verified(folder, { out })]);
    const lost = [first, second].filter(({ status }) => status === "rejected");
    expect(lost).toEqual([
      { status: "rejected", reason: expect.objectContaining({ code: "LOCKED", exitCode: 77 }) },
    ]);
  });

  it("is refused by a ledger that was altered", async () => {
    const folder = await cleanFolder(fresh());
    const out = fresh();
    await verified(folder, { out });
    const ledger = join(out, "ledger/000000.jsonl");
    writeFileSync(ledger, readFileSync(ledger, "utf8").replace('"ok"', '"no"'));
    expect(await caught(() => verified(folder, { out }))).toMatchObject({ code: "RECORD_INVALID" });
  });
});
