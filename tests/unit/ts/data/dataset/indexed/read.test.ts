import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { KeptIndex, splitIn, tasksIn } from "../../../../../../ts/data/dataset/indexed/read.ts";
import { taskIds } from "../../../../../../ts/schema/task.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { casesOf, opened, written } from "./examples.ts";

const root = temporaryFolder();

/** What an index gives of everything in it; why it is not believed otherwise. */
async function read(path: string): Promise<unknown> {
  const index = KeptIndex.open(path);
  if (index === undefined) return "none";
  if ("why" in index) return index.why;
  if (index.looks() === undefined || !(await index.isWhole())) return "is damaged";
  return Array.from({ length: index.head.cases }, (_, at) => ({
    row: index.row(at),
    calibration: index.calibration(at),
    items: index.items(at),
  }));
}

describe("an index that is read", () => {
  it("gives back every case to the last bit, in any order", async () => {
    const cases = casesOf(300);
    const index = opened(await written(root, cases));
    expect(await index.isWhole()).toBe(true);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(299), { maxLength: 40 }), async (order) => {
        for (const at of order) {
          const { row, calibration, items } = cases[at] ?? {};
          // Negative zeros of a calibration come back too.
          expect([index.row(at), index.calibration(at), index.items(at)]).toEqual([row, calibration, items]);
        }
      }),
      { seed: 20261130 },
    );
    expect(cases.map((_, at) => index.row(at))).toEqual(cases.map(({ row }) => row));
  });

  it("knows splits and tasks without reading a row", async () => {
    const cases = casesOf(12);
    const { columns } = opened(await written(root, cases));
    expect(Array.from(columns.split, splitIn)).toEqual(cases.map(({ row }) => row.split));
    expect(Array.from(columns.tasks, (mask) => [...tasksIn(mask)].sort())).toEqual(
      cases.map(({ items }) => [...new Set(items.map(({ task }) => task))].sort()),
    );
    expect(tasksIn(0)).toEqual([]);
    expect(tasksIn((1 << taskIds.length) - 1)).toEqual(taskIds);
    expect(taskIds.length).toBeLessThanOrEqual(16);
  });

  it("is none of a path where nothing lies", () => {
    expect(KeptIndex.open(join(root, "none.rows"))).toBeUndefined();
  });

  it("is not believed where it is cut off at any byte", async () => {
    const path = await written(root, casesOf(5), "cut.rows");
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += 1 + (length >> 4)) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await read(path)).toBe("is cut off, or none");
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from("\n")]));
    expect(await read(path)).toBe("is cut off, or none");
  });

  it("is not believed where any bit is turned, or gives what was written", async () => {
    const path = await written(root, casesOf(5), "turned.rows");
    const whole = readFileSync(path);
    const right = await read(path);
    let believed = 0;
    for (let byte = 0; byte < whole.length; byte++) {
      const turned = Buffer.from(whole);
      turned[byte] = (turned[byte] ?? 0) ^ (1 << (byte % 8));
      writeFileSync(path, turned);
      const found = await read(path);
      if (typeof found !== "string") {
        believed++;
        expect(found).toEqual(right);
      }
    }
    // The bytes of the tail that hold nothing.
    expect(believed).toBeLessThanOrEqual(4);
  });

  it("is not believed where its format is another one", async () => {
    const path = await written(root, [], "empty.rows");
    expect(await read(path)).toEqual([]);
    const parts = opened(path);
    expect(parts.head.cases).toBe(0);
    writeFileSync(path, "no index, but long enough to have a tail of forty bytes and more");
    expect(await read(path)).toBe("is cut off, or none");
  });

  it("stays open where another takes its place or removes it", async () => {
    const cases = casesOf(20);
    const path = await written(root, cases, "held.rows");
    const index = opened(path);
    renameSync(await written(root, casesOf(2), "other.rows"), path);
    expect(index.items(19)).toEqual(cases[19]?.items);
    expect(opened(path).head.cases).toBe(2);
    rmSync(path);
    expect(index.row(7)).toEqual(cases[7]?.row);
    expect(await index.isWhole()).toBe(true);
  });

  it("refuses what was damaged while it was in use, saying what to do", async () => {
    const path = await written(root, casesOf(20), "used.rows");
    const index = opened(path);
    const handle = openSync(path, "r+");
    writeSync(handle, "X", 16 * (index.columns.itemsAt[19] ?? 0) + 12);
    closeSync(handle);
    const damaged = await caught(async () => index.items(19));
    expect([damaged.code, damaged.exitCode]).toEqual(["DATA_SHARD_CHECKSUM", 65]);
    expect(damaged.message).toContain("was damaged while it was in use");
    expect(damaged.hint).toBe("Give the command again: the tables are read anew.");
    expect(await index.isWhole()).toBe(false);
    truncateSync(path, 100);
    expect((await caught(async () => index.row(15))).code).toBe("DATA_SHARD_CHECKSUM");
    expect(await index.isWhole()).toBe(false);
  });

  it("stops comparing when it is told to", async () => {
    const index = opened(await written(root, casesOf(3), "stop.rows"));
    expect((await caught(() => index.isWhole(AbortSignal.abort()))).code).toBe("CANCELLED");
  });

  it("says what the disk says of a folder in its place", async () => {
    const error = await caught(async () => KeptIndex.open(root));
    expect(error.code).toBe("IO_FAILED");
    expect(error.message).toContain("open the index of a data set");
  });
});
