// The benchmark of the cache from its first scan to its rows, at a size that takes seconds: what it times is what it says.
import { benchCacheEpoch, type EpochSize } from "../../ts/bench/cache/epoch.ts";
import { lineOf, missedTargets } from "../../ts/bench/index.ts";

const small: EpochSize = { volumes: 6, sizeDHW: [8, 24, 24], batch: 4, rounds: 2, cases: 12 };

describe("cache.epoch", () => {
  it("measures ours, every rival and the floor in the same run, and how long rows take to open again", async () => {
    const told: string[] = [];
    const rows = await benchCacheEpoch((line) => told.push(line), small);
    expect(told).toEqual(["12 small rows are written", "6 rows are written", "cache_epoch epoch: done"]);
    expect(rows.map(({ what }) => what)).toEqual([
      "6 volumes against DataLoader on float32 .npy",
      "6 volumes against DataLoader on the same bytes",
      "6 volumes against MONAI PersistentDataset, float32",
      "6 volumes copied into batches, against DataLoader on the same bytes",
      "CPU of one volume",
      "12 cases opened the second time",
    ]);
    for (const row of rows) {
      expect(row.name).toBe("cache.epoch");
      expect(row.oursMs).toBeGreaterThan(0);
      expect(row.details.rounds).toHaveLength(2);
      expect(lineOf(row)).toMatch(
        /^cache\.epoch .*: ours [\d.]+ ms \| peer (?:[\d.]+ ms|-) \| floor [\d.]+ ms/,
      );
    }
    const [float32, int16, persistent, copied] = rows;
    for (const row of [float32, int16, persistent, copied]) expect(row?.peerMs).toBeGreaterThan(0);
    // All hold the same run of ours and of the floor.
    expect(new Set([float32, int16, persistent].map((row) => row?.oursMs)).size).toBe(1);
    expect(new Set([float32, int16, copied].map((row) => row?.floorMs)).size).toBe(1);
    expect(int16?.peerMs).toBe(copied?.peerMs);
    const named = rows.flatMap((row) => missedTargets(row).map(({ against }) => `${row.what}: ${against}`));
    expect(named.every((line) => /peer|floor/.test(line))).toBe(true);
  });
});
