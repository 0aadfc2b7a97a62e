import { setTimeout as wait } from "node:timers/promises";
import { ahead, roomsOf } from "../../../../../../../ts/data/volume/dicom/folder/ahead.ts";

const items = [0, 1, 2, 3, 4, 5, 6];

/** Tasks that end in any order, with what was on its way when each began and when each result was in use. */
function tasks(more: number) {
  const busy = new Map<number, number>();
  let most = 0;
  const begin = async (item: number, index: number, lane: number): Promise<string> => {
    expect(index).toBe(item);
    expect([...busy.values()]).not.toContain(lane);
    expect(lane).toBeLessThanOrEqual(more);
    busy.set(item, lane);
    most = Math.max(most, busy.size);
    await wait((item * 5) % 7);
    return `of ${item}`;
  };
  return { begin, done: (item: number) => busy.delete(item), most: () => most };
}

describe("ahead", () => {
  it.each([0, 1, 3, 20])(
    "gives results in order, with %d more on their way, each in a lane of its own",
    async (more) => {
      const { begin, done, most } = tasks(more);
      const got: string[] = [];
      for await (const result of ahead(items, more, begin)) {
        await wait(1);
        got.push(result);
        done(got.length - 1);
      }
      expect(got).toEqual(items.map((item) => `of ${item}`));
      expect(most()).toBe(Math.min(more + 1, items.length));
    },
  );

  it("raises a failure at its turn, the first in order and not in time, and waits for the others", async () => {
    const ended: number[] = [];
    const got: number[] = [];
    const failing = ahead(items, 3, async (item) => {
      await wait(item === 3 ? 1 : 12);
      ended.push(item);
      if (item >= 2) throw new RangeError(`item ${item}`);
      return item;
    });
    const run = async (): Promise<void> => {
      for await (const item of failing) got.push(item);
    };
    await expect(run()).rejects.toThrow("item 2");
    expect(got).toEqual([0, 1]);
    // Item 5 began when the turn of 2 came.
    expect(ended.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("begins nothing before it is asked, and waits for what is on its way when one stops early", async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const results = ahead(items, 2, async (item) => {
      begun.push(item);
      await wait(5);
      ended.push(item);
      return item;
    });
    expect(begun).toEqual([]);
    for await (const item of results) if (item === 1) break;
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(ended).toEqual(begun);
  });

  it("raises what a task throws before it is on its way, and has no result of no items", async () => {
    const refusing = ahead(items, 1, (item) => {
      if (item === 1) throw new RangeError("cancelled");
      return Promise.resolve(item);
    });
    await expect(refusing.next()).rejects.toThrow("cancelled");
    expect(await ahead([], 3, () => Promise.resolve(1)).next()).toEqual({ done: true, value: undefined });
  });
});

describe("roomsOf", () => {
  it("gives each lane memory of its own", () => {
    const [first, second, third] = roomsOf(2);
    expect(first?.take(8).buffer).not.toBe(second?.take(8).buffer);
    expect(third).toBeUndefined();
  });
});
