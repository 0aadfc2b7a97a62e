import { join } from "node:path";
import fc from "fast-check";
import { atOnce } from "../../../../../ts/eval/index.ts";
import { gapsOf, testedRuns } from "../../../../../ts/run/history/gap.ts";
import { readScored } from "../../../../../ts/run/history/scored.ts";
import { type PastRun, pastRun } from "../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");
const scored = async (past: PastRun) => await readScored(runsDir, await pastRun(runsDir, past));
const micro = { task: "closed-vqa", metric: "accuracy.micro" } as const;

describe("the gap of two runs", () => {
  it("is the paired difference where both answered the same items", async () => {
    const a = await scored({ right: { of: 40, count: 10 } });
    const b = await scored({ right: { of: 40, count: 36 } });
    const tested = atOnce(testedRuns([a, b]));
    expect(tested.warnings).toEqual([]);
    expect(tested.family.primary).toEqual(["closed-vqa/accuracy.micro"]);
    const gap = gapsOf(a, b, tested.entries).find(({ metric }) => metric === micro.metric);
    expect(gap).toMatchObject({ ...micro, a: 0.25, b: 0.9, separable: true, paired: true });
    expect(gap?.difference).toBeCloseTo(0.65, 12);
    const entry = tested.entries.find(({ metric }) => metric === micro.metric);
    expect([gap?.ciLow, gap?.ciHigh]).toEqual([entry?.ciLow, entry?.ciHigh]);
    expect(gap?.ciLow).toBeGreaterThan(0);
  });

  it("of a run with itself is 0 and not separable", async () => {
    const a = await scored({ right: { of: 20, count: 10 } });
    const { entries } = atOnce(testedRuns([a, a]));
    for (const gap of gapsOf(a, a, entries)) expect(gap).toMatchObject({ difference: 0, separable: false });
  });

  it("over other items comes from the two intervals, as of independent numbers, and is marked", async () => {
    const a = await scored({ right: { of: 40, count: 2 } });
    const b = await scored({ right: { of: 40, count: 38, from: "other" } });
    const tested = atOnce(testedRuns([a, b]));
    expect(tested.entries).toEqual([]);
    expect(tested.warnings).toEqual([
      {
        code: "NOT_PAIRED",
        message: expect.stringMatching(/is not tested item by item: .*not of the same items/),
      },
    ]);
    const gap = gapsOf(a, b, []).find(({ metric }) => metric === micro.metric);
    const [mine, theirs] = [a, b].map(({ entries }) => entries.find(({ metric }) => metric === micro.metric));
    expect(gap).toMatchObject({ paired: false, separable: true });
    const low = Math.hypot(
      (theirs?.value ?? 0) - (theirs?.ciLow ?? 0),
      (mine?.ciHigh ?? 0) - (mine?.value ?? 0),
    );
    expect(gap?.ciLow).toBeCloseTo((theirs?.value ?? 0) - (mine?.value ?? 0) - low, 12);
  });

  it("of independent numbers turns its sign with the order, holds the difference, and widens with either interval", () => {
    const entry = ({ value, below, above }: { value: number; below: number; above: number }) =>
      ({
        ...micro,
        value,
        ciLow: value - below,
        ciHigh: value + above,
        n: 1,
        clusters: 1,
        chance: null,
        signature: "",
      }) as const;
    const width = fc.double({ min: 0, max: 0.5, noNaN: true });
    const number = fc.record({
      value: fc.double({ min: 0, max: 1, noNaN: true }),
      below: width,
      above: width,
    });
    fc.assert(
      fc.property(number, number, width, (one, other, more) => {
        const a = { entries: [entry(one)] };
        const b = { entries: [entry(other)] };
        const [gap] = gapsOf(a, b, []);
        const [turned] = gapsOf(b, a, []);
        const [wider] = gapsOf(a, { entries: [entry({ ...other, below: other.below + more })] }, []);
        if (gap === undefined || turned === undefined || wider === undefined) throw new Error("no gap");
        expect(gap.ciLow).toBeLessThanOrEqual(gap.difference);
        expect(gap.ciHigh).toBeGreaterThanOrEqual(gap.difference);
        expect(turned.difference).toBeCloseTo(-gap.difference, 12);
        expect(turned.ciLow).toBeCloseTo(-gap.ciHigh, 12);
        expect(turned.ciHigh).toBeCloseTo(-gap.ciLow, 12);
        expect(wider.ciLow).toBeLessThanOrEqual(gap.ciLow + 1e-12);
        expect(gap.separable).toBe(gap.ciLow > 0 || gap.ciHigh < 0);
      }),
      { seed: 20261129 },
    );
  });

  it("is not there where a run has no scorecard, which a warning says", async () => {
    const a = await scored({ right: { of: 8, count: 4 } });
    const b = await scored({});
    expect(b.rows).toBeNull();
    const tested = atOnce(testedRuns([a, b]));
    expect(tested.warnings[0]?.message).toContain("it has no predictions");
    expect(gapsOf(a, b, tested.entries)).toEqual([]);
    expect(atOnce(testedRuns([b, a])).warnings).toHaveLength(1);
  });

  it("is tested over all runs together: Holm's correction is over each pair with the first", async () => {
    const runs = [
      await scored({ right: { of: 40, count: 10 } }),
      await scored({ right: { of: 40, count: 36 } }),
      await scored({ right: { of: 40, count: 11 } }),
    ];
    const { entries, family } = atOnce(testedRuns(runs));
    expect(family.tests).toBe(2);
    const verdicts = entries.filter(({ primary }) => primary).map(({ b, verdict }) => [b, verdict]);
    expect(verdicts).toEqual([
      [runs[1]?.folder.runId, "second is higher"],
      [runs[2]?.folder.runId, "not separable"],
    ]);
  });
});
