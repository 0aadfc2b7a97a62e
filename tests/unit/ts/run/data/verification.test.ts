// What a verification makes of formats, series and leaks, through its own door.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LeakScan, SourceCase, SourceItem } from "../../../../../ts/data/sources/index.ts";
import { LeakScan as Leaks } from "../../../../../ts/data/sources/index.ts";
import { type Problem, ProblemFiles } from "../../../../../ts/run/data/problem-files.ts";
import { ScanLedger } from "../../../../../ts/run/data/scans/ledger.ts";
import { ScanReader } from "../../../../../ts/run/data/scans/read-scans.ts";
import { Tally } from "../../../../../ts/run/data/tally.ts";
import { Verification } from "../../../../../ts/run/data/verification.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../../../../support/ct-series.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const dims = [24, 24, 12] as const;
let made = 0;

/** The path of a new NIfTI file; of one seed the bytes are the same. */
function scan(seed: number): string {
  const path = join(root, `s${made++}.nii.gz`);
  const values = bodyVoxels(...dims, seed);
  writeFileSync(path, niftiFile({ dims, values, dtype: "int16", gzip: true }));
  return path;
}

/** The path of a new folder of one DICOM series. */
function series(prefix: string): string {
  const folder = join(root, `d${made++}`);
  const files = seriesFiles(seriesSpecs(4)).map(([name, bytes]) => [`${prefix}${name}`, bytes] as const);
  writeFolder(folder, files);
  return folder;
}

function caseOf(id: string, path: string, more: Partial<SourceCase> = {}): SourceCase {
  return { id, patient: id, paths: [path], split: "train", place: { table: "t.csv", row: 2 }, ...more };
}

interface Seen {
  readonly equal: number;
  readonly told: readonly Problem[];
  readonly tally: Tally;
  readonly leaks: LeakScan;
  readonly done: readonly number[];
}

/** Takes cases and items as a walk hands them out. */
async function verified(cases: readonly SourceCase[], items: readonly SourceItem[] = []): Promise<Seen> {
  const folder = join(root, `v${made++}`);
  mkdirSync(folder);
  const { signal } = new AbortController();
  const ledger = await ScanLedger.open(folder, () => undefined, signal);
  const problems = await ProblemFiles.begin(folder);
  const reader = new ScanReader(ledger, { deep: false, intensity: "hu", signal }, 3);
  const [tally, leaks, done] = [new Tally("t", false), new Leaks(), [] as number[]];
  const walk = new Verification({ reader, problems, tally, scan: leaks, tell: (count) => done.push(count) });
  for (const row of cases) {
    leaks.case(row);
    await walk.take({ kind: "case", row });
  }
  for (const row of items) await walk.take({ kind: "item", row, isRepeated: false });
  const equal = await walk.finish();
  await problems.commit();
  await ledger.close();
  const text = readFileSync(problems.jsonl, "utf8").trimEnd();
  const told = text === "" ? [] : text.split("\n").map((line) => JSON.parse(line) as Problem);
  return { equal, told, tally, leaks, done };
}

describe("a verification", () => {
  it("tells scans in the order of their rows, with how far it is", async () => {
    const gone = ["a", "b", "c", "d"].map((id) => caseOf(id, join(root, `gone-${id}`)));
    const { told, done } = await verified(gone);
    expect(told.map((problem) => problem.case)).toEqual(["a", "b", "c", "d"]);
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it("compares volumes byte by byte, and counts each that equals one before it", async () => {
    const cases = [scan(1), scan(2), scan(1), scan(1)].map((path, at) => caseOf(`c${at}`, path));
    const { equal, told } = await verified(cases);
    expect(equal).toBe(2);
    expect(told.map(({ kind, code, case: of }) => [kind, code, of])).toEqual([
      ["note", "DUPLICATE_VOLUME", "c2"],
      ["note", "DUPLICATE_VOLUME", "c3"],
    ]);
    expect(told[0]?.message).toBe('the scan of case "c2" is that of case "c0", byte for byte');
  });

  it("calls equal volumes of two splits a leak, and those of none a duplicate", async () => {
    const equal = [
      caseOf("a", scan(1)),
      caseOf("b", scan(1), { split: "test" }),
      caseOf("c", scan(1), { split: null }),
    ];
    const { told, leaks } = await verified(equal);
    expect(told.map(({ kind, code, case: of }) => [kind, code, of])).toEqual([
      ["leak", "DATA_LEAK", "b"],
      ["note", "DUPLICATE_VOLUME", "c"],
    ]);
    expect(leaks.leaks()).toEqual([{ kind: "volume", splits: ["train", "test"], count: 1 }]);
  });

  it("finds a copy of a DICOM series under other names", async () => {
    const { equal, tally } = await verified([caseOf("a", series("")), caseOf("b", series("x"))]);
    expect([equal, tally.cases.read]).toEqual([1, 2]);
  });

  it("tells slices of one stack apart, and one stack named twice not", async () => {
    const path = scan(3);
    const slices = [0, 1].map((slice) => caseOf(`s${slice}`, path, { slice }));
    expect((await verified(slices)).equal).toBe(0);
    expect((await verified([caseOf("a", path), caseOf("b", path)])).equal).toBe(1);
  });

  it("counts items of scans that are not read as refused", async () => {
    const item = (of: string): SourceItem => ({
      id: `${of}/q`,
      case: of,
      task: "open-vqa",
      question: "Q?",
      target: "a",
      place: { table: "t.csv", row: 2 },
    });
    const cases = [caseOf("there", scan(4)), caseOf("gone", join(root, "gone"))];
    const { tally } = await verified(cases, [item("there"), item("gone")]);
    expect(tally.items).toEqual({ total: 2, refused: 1 });
    expect(tally.cases).toEqual({ total: 2, read: 1, refused: 0, missing: 1 });
  });
});
