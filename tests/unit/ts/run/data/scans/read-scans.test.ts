import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SourceCase } from "../../../../../../ts/data/sources/index.ts";
import { ScanLedger } from "../../../../../../ts/run/data/scans/ledger.ts";
import { type ReadCase, ScanReader } from "../../../../../../ts/run/data/scans/read-scans.ts";
import { layScans } from "../../../../../support/layouts/scans.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const names = Array.from({ length: 9 }, (_, at) => `s${at}.nii.gz`);
let made = 0;
beforeAll(async () => await layScans(root, names));

const row = (name: string): SourceCase => ({
  id: name,
  patient: name,
  paths: [join(root, name)],
  split: null,
  place: { table: "t", row: 1 },
});

async function opened(lanes: number, signal = new AbortController().signal) {
  const folder = join(root, `l${made++}`);
  mkdirSync(folder);
  const ledger = await ScanLedger.open(folder, () => undefined, signal);
  const reader = new ScanReader(ledger, { deep: false, intensity: "hu", signal }, lanes);
  return { ledger, reader };
}

async function all(reader: ScanReader, cases: readonly SourceCase[]): Promise<readonly ReadCase[]> {
  const read: ReadCase[] = [];
  for (const one of cases) {
    await reader.begin(one);
    for await (const finished of reader.finished(false)) read.push(finished);
  }
  for await (const finished of reader.finished(true)) read.push(finished);
  return read;
}

describe("scans that are read several at once", () => {
  it.each([1, 3, 20])("come in the order they were given (%d at once)", async (lanes) => {
    const { reader, ledger } = await opened(lanes);
    const read = await all(reader, names.map(row));
    expect(read.map(({ row: { id } }) => id)).toEqual(names);
    expect(read.every(({ verdict }) => verdict?.verdict === "ok")).toBe(true);
    await ledger.close();
  });

  it("are not read again where the ledger knows them as they lie", async () => {
    const { reader, ledger } = await opened(2);
    await all(reader, names.map(row));
    expect(reader.known).toBe(0);
    const signal = new AbortController().signal;
    const again = new ScanReader(ledger, { deep: false, intensity: "hu", signal }, 2);
    await all(again, names.map(row));
    expect(again.known).toBe(names.length);
    // Another scaling of the same file is another scan.
    const affineRas = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    await all(again, [{ ...row("s0.nii.gz"), calibration: { slope: 1, intercept: 0, affineRas } }]);
    expect(again.known).toBe(names.length);
    await ledger.close();
  });

  it("have neither verdict nor stamp where nothing lies, each time anew", async () => {
    const { reader, ledger } = await opened(1);
    const gone = row("gone.nii.gz");
    expect(await all(reader, [gone])).toEqual([{ row: gone, stamp: null, verdict: null }]);
    await layScans(root, ["gone.nii.gz"]);
    const [found] = await all(reader, [gone]);
    expect(found?.verdict?.verdict).toBe("ok");
    rmSync(join(root, "gone.nii.gz"));
    await ledger.close();
  });

  it("end with the signal's reason", async () => {
    const stop = new AbortController();
    const { reader, ledger } = await opened(1, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(all(reader, [row("s1.nii.gz")])).rejects.toThrow("stopped");
    await reader.settle();
    await ledger.close();
  });
});
