import { lineOf, missedTargets } from "../../../../../ts/bench/index.ts";
import { benchManifestScale } from "../../../../../ts/bench/manifest/scale.ts";

const small = { cases: 60, itemsPerCase: 2, rounds: 2, ordered: 5000, asked: 400 };

describe("manifest.scale", () => {
  it("measures a walk, an opening and an order at its beginning and far behind, each with a floor", async () => {
    const told: string[] = [];
    const rows = await benchManifestScale((line) => told.push(line), small);
    expect(told).toEqual(["60 cases and 120 items are written"]);
    expect(rows.map(({ what }) => what)).toEqual([
      "60 cases of 2 questions walked with every check",
      "60 cases of 2 questions opened for a run the first time",
      "60 cases of 2 questions opened the second time",
      "60 cases of 2 questions in their index",
      "400 positions of 5000 behind 1000 epochs",
    ]);
    for (const row of rows) {
      expect(row.name).toBe("manifest.scale");
      expect(row.oursMs).toBeGreaterThan(0);
      expect(row.floorMs).toBeGreaterThan(0);
      expect(row.details.rounds).toHaveLength(2);
      expect(lineOf(row)).toMatch(/^manifest\.scale .*: ours [\d.e-]+ ms \| peer - \| floor [\d.e-]+ ms/);
      for (const { against } of missedTargets(row)) expect(against).toBe("floor");
    }
  });

  it("holds a second opening against 2 s of 120,000 cases, their index against 50 ms, and an order against half of its beginning", async () => {
    const rows = await benchManifestScale(() => undefined, small);
    const [walked, first, again, index, ordered] = rows;
    expect([walked?.targets, first?.targets]).toEqual([[], []]);
    expect(again?.floorMs).toBeCloseTo((2000 * 60) / 120_000, 12);
    expect(index?.floorMs).toBeCloseTo((50 * 60) / 120_000, 12);
    for (const one of [again, index]) expect(one?.targets).toEqual([{ against: "floor", atLeast: 1 }]);
    expect(ordered?.targets).toEqual([{ against: "floor", atLeast: 0.5 }]);
    for (const one of [first, again]) expect(one?.details.parseMs).toBe(walked?.floorMs);
    expect(Number.isFinite(index?.details.bytesPerCase)).toBe(true);
    for (const one of rows) expect(one.details.cpuMs).toBeGreaterThan(0);
  });
});
