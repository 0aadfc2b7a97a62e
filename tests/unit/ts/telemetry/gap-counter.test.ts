import fc from "fast-check";
import { GapCounter } from "../../../../ts/telemetry/gap-counter.ts";

const event = (sequence: number, rank = 0, attempt = 0) => ({ sequence, rank, attempt, elapsedSeconds: 0 });

describe("the gap counter", () => {
  it("counts what is missing before an event, from the very first on", () => {
    const gaps = new GapCounter();
    expect([2, 3, 7, 8].map((sequence) => gaps.missingBefore(event(sequence)))).toEqual([2, 0, 3, 0]);
    expect(gaps.losses()).toEqual([{ rank: 0, attempt: 0, lost: 5 }]);
  });

  it("keeps ranks and attempts apart, and lists only those that lost something", () => {
    const gaps = new GapCounter();
    gaps.missingBefore(event(0, 0, 0));
    gaps.missingBefore(event(4, 1, 0));
    gaps.missingBefore(event(1, 1, 1));
    expect(gaps.losses()).toEqual([
      { rank: 1, attempt: 0, lost: 4 },
      { rank: 1, attempt: 1, lost: 1 },
    ]);
  });

  it("does not count an event again that comes twice or late", () => {
    const gaps = new GapCounter();
    expect([0, 3, 1, 3, 4].map((sequence) => gaps.missingBefore(event(sequence)))).toEqual([0, 2, 0, 0, 0]);
  });

  it("counts exactly what any dropping left out before the last event", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (kept) => {
        const gaps = new GapCounter();
        let missing = 0;
        for (const [sequence, arrives] of kept.entries())
          if (arrives) missing += gaps.missingBefore(event(sequence));
        const last = kept.lastIndexOf(true);
        expect(missing).toBe(kept.slice(0, last + 1).filter((arrives) => !arrives).length);
      }),
      { seed: 20261128 },
    );
  });
});
