import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ledgerKey, ScanLedger } from "../../../../../../ts/run/data/scans/ledger.ts";
import type { ScanVerdict } from "../../../../../../ts/run/data/scans/scan-check.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;
const { signal } = new AbortController();
const quiet = (): void => undefined;

function fresh(): string {
  const folder = join(root, `l${made++}`);
  mkdirSync(folder);
  return folder;
}

const verdict: ScanVerdict = {
  verdict: "ok",
  deep: false,
  refusal: null,
  shapeDHW: [10, 20, 30],
  spacingMmDHW: [2.5, 0.7, 0.7],
  warnings: [{ code: "HU_SUSPECT", message: "no air" }],
  hu: null,
  sample: "ab",
  content: null,
  source: null,
};

describe("the ledger of scans", () => {
  it("knows what was put into it, in this process and in the next", async () => {
    const folder = fresh();
    const first = await ScanLedger.open(folder, quiet, signal);
    expect(first.get("s1", false)).toBeUndefined();
    await Promise.all([first.put("s1", verdict), first.put("s2", { ...verdict, sample: "cd" })]);
    expect(first.get("s1", false)).toEqual(verdict);
    await first.close();
    const second = await ScanLedger.open(folder, quiet, signal);
    expect(second.get("s1", false)).toEqual(verdict);
    expect(second.get("s2", false)?.sample).toBe("cd");
    await second.close();
  });

  it("takes no look at headers for a look at voxels, but the other way round", async () => {
    const ledger = await ScanLedger.open(fresh(), quiet, signal);
    await ledger.put("headers", verdict);
    await ledger.put("voxels", { ...verdict, deep: true });
    expect(ledger.get("headers", true)).toBeUndefined();
    expect(ledger.get("voxels", false)).toMatchObject({ deep: true });
    await ledger.close();
  });

  it("has a verdict on the disk before it counts, with neither a path nor a name", async () => {
    const folder = fresh();
    const ledger = await ScanLedger.open(folder, quiet, signal);
    await ledger.put(ledgerKey(["/patients/Jane Doe/scan.nii"], "5f"), verdict);
    const text = readFileSync(join(folder, "ledger/000000.jsonl"), "utf8");
    expect(text.trimEnd().split("\n")).toHaveLength(1);
    expect(text).not.toMatch(/Jane|scan\.nii/);
    await ledger.close();
  });

  it("reads records of another version as none, and refuses damaged ones", async () => {
    const folder = fresh();
    const ledger = await ScanLedger.open(folder, quiet, signal);
    await ledger.put("old", { ...verdict, verdict: "fine" } as unknown as ScanVerdict);
    await ledger.put("new", verdict);
    await ledger.close();
    const again = await ScanLedger.open(folder, quiet, signal);
    expect([again.get("old", false), again.get("new", false)]).toEqual([undefined, verdict]);
    await again.close();
    const path = join(folder, "ledger/000000.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("2.5", "3.5"));
    expect(await caught(() => ScanLedger.open(folder, quiet, signal))).toMatchObject({
      code: "RECORD_INVALID",
    });
  });
});

describe("the key of a scan", () => {
  it("is one for one scan as it lies, and another for another path, series, scaling or time", () => {
    const key = ledgerKey(["/a", "series"], "5f");
    expect(ledgerKey(["/a", "series"], "5f")).toBe(key);
    for (const other of [
      ledgerKey(["/b", "series"], "5f"),
      ledgerKey(["/a", ""], "5f"),
      ledgerKey(["/a", "series"], "60"),
    ])
      expect(other).not.toBe(key);
  });
});
