import { CallRecord } from "../../../../../ts/worker/calls/call-record.ts";

/** Longest wait of a test that waits for nothing. */
const hours = 4 * 3_600_000;

describe("the record of a channel's calls", () => {
  it("says that all ended well when they did, and of none at all", async () => {
    const record = new CallRecord();
    expect(await record.endedWell(hours)).toBe(true);
    const [first, second] = [record.begin(), record.begin()];
    second(true);
    first(true);
    expect(await record.endedWell(hours)).toBe(true);
  });

  it("never forgets one that failed", async () => {
    const record = new CallRecord();
    record.begin()(false);
    record.begin()(true);
    expect(await record.endedWell(hours)).toBe(false);
  });

  it("takes what a call is told first, so that a cancel behind its end is nothing", async () => {
    const record = new CallRecord();
    const ended = record.begin();
    ended(true);
    ended(false);
    expect(await record.endedWell(hours)).toBe(true);
  });

  it("waits for one that is about to end, and hears how it did", async () => {
    for (const isWell of [true, false]) {
      const record = new CallRecord();
      const ended = record.begin();
      const asked = record.endedWell(hours);
      ended(isWell);
      expect(await asked).toBe(isWell);
    }
  });

  it("gives up on one that stays open, at the end of the wait or at once behind a failure", async () => {
    const record = new CallRecord();
    record.begin();
    expect(await record.endedWell(5)).toBe(false);
    record.begin()(false);
    expect(await record.endedWell(hours)).toBe(false);
  });
});
