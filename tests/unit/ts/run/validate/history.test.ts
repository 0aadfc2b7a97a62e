import fc from "fast-check";
import { judge, type Look, lookData, looksIn } from "../../../../../ts/run/validate/history.ts";
import type { StoredEvent } from "../../../../../ts/track/read/index.ts";

const looksOf = (...values: readonly number[]): readonly Look[] =>
  values.map((value, index) => ({ stage: "shared", step: 10 * (index + 1), value }));
const lower = { higher: false, patience: 0 };

describe("judge", () => {
  it("names the first of the best looks and counts those since then, whichever way is better", () => {
    const looks = looksOf(3, 1, 2, 1);
    expect(judge(looks, lower)).toEqual({ best: looks[1], since: 2, isBest: false, ends: false });
    expect(judge(looks, { higher: true, patience: 0 })).toMatchObject({ best: looks[0], since: 3 });
    expect(judge(looks.slice(0, 2), lower)).toMatchObject({ best: looks[1], since: 0, isBest: true });
  });

  it("ends a stage after as many looks as its patience that were no better, and never without one", () => {
    const ends = (patience: number, ...values: readonly number[]) =>
      judge(looksOf(...values), { higher: false, patience }).ends;
    expect([ends(2, 3, 4), ends(2, 3, 4, 5), ends(2, 3, 4, 2), ends(1, 3, 3)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(ends(0, 1, 2, 3, 4, 5, 6)).toBe(false);
  });

  it("takes no look without a number for the best, and counts it", () => {
    const looks = looksOf(Number.NaN, 2, Number.NaN);
    expect(judge(looks, lower)).toMatchObject({ best: looks[1], since: 1 });
    expect(judge(looks.slice(0, 1), { higher: true, patience: 1 })).toEqual({
      best: null,
      since: 1,
      isBest: false,
      ends: true,
    });
    expect(judge([], { higher: true, patience: 3 })).toEqual({
      best: null,
      since: 0,
      isBest: false,
      ends: false,
    });
  });

  it("finds the extreme of any looks, and no earlier one that is as good", () => {
    const values = fc.array(fc.double({ noNaN: true, min: -5, max: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.boolean(), (found, higher) => {
        const { best, since } = judge(looksOf(...found), { higher, patience: 0 });
        const extreme = higher ? Math.max(...found) : Math.min(...found);
        expect(best?.value).toBe(extreme === 0 ? best?.value : extreme);
        expect(since).toBe(found.length - 1 - found.indexOf(extreme));
      }),
      { seed: 20261130 },
    );
  });
});

describe("looks in the record", () => {
  const event = (seq: number, kind: string, data: StoredEvent["data"]): StoredEvent => ({
    seq,
    attempt: 1,
    kind,
    data,
  });

  it("come back as they were written, without a number where there was none", () => {
    const looks = looksOf(1.5, Number.NaN, -0.25);
    const events = looks.map((look, seq) => event(seq, "validation", { ...lookData(look), monitor: "loss" }));
    expect(looksIn(events)).toEqual(looks);
    expect(lookData(looks[1] ?? { stage: "", step: 0, value: 0 })).toEqual({
      stage: "shared",
      step: 20,
      value: null,
    });
  });

  it("count once where they were taken anew, the last of them, and in its place", () => {
    const found = looksIn([
      event(0, "validation", { stage: "shared", step: 10, value: 1 }),
      event(1, "plan", { stage: "shared", step: 10, value: 7 }),
      event(2, "validation", { stage: "shared", step: 20, value: 2 }),
      event(3, "validation", { stage: "shared", step: 10, value: 3 }),
      event(4, "validation", { stage: "shared" }),
    ]);
    expect(found.map(({ step, value }) => [step, value])).toEqual([
      [20, 2],
      [10, 3],
    ]);
  });
});
