import { mkdtempSync, statSync } from "node:fs";
import { join } from "node:path";
import { epochRows, openingRow, wishOf } from "../../../../../ts/bench/cache/epoch.ts";
import { missedTargets } from "../../../../../ts/bench/index.ts";
import { openRows } from "../../../../../ts/data/index.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const rounds = (ms: number) => ({
  wallMs: [ms, ms + 1, ms + 2] as [number, ...number[]],
  cpuMs: [ms / 2, ms / 2, ms / 2] as [number, ...number[]],
});

describe("what cache.epoch opens", () => {
  it("is scans of other bytes each, written long ago, so that a second opening reads none", async () => {
    const wish = await wishOf(mkdtempSync(join(root, "wish-")), 70, [4, 8, 8]);
    expect(new Set(wish.cases.map(({ path }) => statSync(path).mtimeMs))).toEqual(new Set([1e9]));
    const first = await openRows({ ...wish, lanes: 1 });
    expect(new Set(first.rows.map((row) => row?.key)).size).toBe(70);
    const second = await openRows(wish);
    expect([second.digested, second.rows.every((row) => row?.isReused)]).toEqual([0, true]);
  });
});

describe("the rows of cache.epoch", () => {
  const measured = (ways: Readonly<Record<string, ReturnType<typeof rounds>>>) => [{ case: "epoch", ways }];

  it("hold ours against each loader, and the CPU of a volume against its limit", () => {
    const ways = {
      ours: rounds(100),
      float32: rounds(3000),
      int16: rounds(400),
      persistent: rounds(900),
      copied: rounds(200),
      copy: rounds(50),
    };
    const rows = epochRows(measured(ways), 1000);
    expect(rows.map(({ what }) => what)).toEqual([
      "1000 volumes against DataLoader on float32 .npy",
      "1000 volumes against DataLoader on the same bytes",
      "1000 volumes against MONAI PersistentDataset, float32",
      "1000 volumes copied into batches, against DataLoader on the same bytes",
      "CPU of one volume",
    ]);
    expect(rows.map((row) => missedTargets(row).map(({ atLeast }) => atLeast))).toEqual([
      [],
      [5],
      [],
      [],
      [],
    ]);
    expect(rows[0]).toMatchObject({
      oursMs: 101,
      peerMs: 3001,
      floorMs: 51,
      details: { oursPerSecond: 1e6 / 101 },
    });
    expect(rows[3]).toMatchObject({ oursMs: 201, peerMs: 401 });
    expect(rows[4]).toMatchObject({ oursMs: 0.05, floorMs: 0.3 });
  });

  it("miss the target of a loader that is not installed, and a limit that is passed", () => {
    const rows = epochRows(
      measured({ ours: rounds(1000), int16: rounds(9000), copied: rounds(1200), copy: rounds(50) }),
      1000,
    );
    expect(rows.map((row) => missedTargets(row).length)).toEqual([1, 0, 0, 0, 1]);
  });

  it("hold the second opening against the share of 120,000 cases in two seconds", () => {
    expect(openingRow([70, 60, 90], 6000)).toMatchObject({
      what: "6000 cases opened the second time",
      oursMs: 70,
      floorMs: 100,
    });
    expect(missedTargets(openingRow([70, 60, 90], 3000))).toHaveLength(1);
  });
});
