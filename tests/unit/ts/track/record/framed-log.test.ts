import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { FramedLog } from "../../../../../ts/track/record/framed-log.ts";
import { encodeRecord, type FramedRecord, readFramedLog } from "../../../../../ts/track/record/frames.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const lines: string[] = [];
const notice = (line: string): void => void lines.push(line);
beforeEach(() => {
  lines.length = 0;
});

async function opened(
  folder: string,
  options: { segmentBytes?: number; guard?: () => Promise<void> } = {},
): Promise<{ log: FramedLog; found: FramedRecord[] }> {
  const found: FramedRecord[] = [];
  const space = new SpaceWaiter({ timeoutMs: 50, pollMs: 5 }, notice);
  const log = await FramedLog.open(
    { folder, guard: async () => undefined, notice, space, ...options },
    (record) => found.push(record),
  );
  return { log, found };
}

async function numbersIn(folder: string): Promise<unknown[]> {
  const numbers: unknown[] = [];
  await readFramedLog(folder, ({ body }) => numbers.push(body.n));
  return numbers;
}

describe("an append-only log", () => {
  it("has what was acknowledged on the disk, in the order it was given, also of many at once", async () => {
    const folder = fresh();
    const { log } = await opened(folder);
    await Promise.all(Array.from({ length: 50 }, (_, n) => log.append([{ n }])));
    expect(await numbersIn(folder)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await log.close();
  });

  it("hands what is there to who opens it, and counts on", async () => {
    const folder = fresh();
    const first = await opened(folder);
    await first.log.append([{ n: 0 }, { n: 1 }]);
    await first.log.close();
    const second = await opened(folder);
    expect(second.found).toEqual([
      { seq: 0, body: { n: 0 } },
      { seq: 1, body: { n: 1 } },
    ]);
    await second.log.append([{ n: 2 }]);
    await second.log.close();
    expect(await numbersIn(folder)).toEqual([0, 1, 2]);
  });

  it("begins a new segment once one is long enough, and reads over the seam", async () => {
    const folder = fresh();
    const { log } = await opened(folder, { segmentBytes: 100 });
    for (let n = 0; n < 12; n += 1) await log.append([{ n }]);
    await log.close();
    expect(readdirSync(folder).sort()).toEqual([
      "000000.jsonl",
      "000001.jsonl",
      "000002.jsonl",
      "000003.jsonl",
      "000004.jsonl",
    ]);
    expect(await numbersIn(folder)).toEqual(Array.from({ length: 12 }, (_, n) => n));
    const again = await opened(folder, { segmentBytes: 100 });
    await again.log.append([{ n: 12 }]);
    await again.log.close();
    expect(await numbersIn(folder)).toHaveLength(13);
  });

  it("cuts a torn tail off with a line before it goes on", async () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, "000000.jsonl"), `${encodeRecord(0, { n: 0 })}{"seq":1,"n`);
    const { log } = await opened(folder);
    await log.append([{ n: 1 }]);
    await log.close();
    expect(await numbersIn(folder)).toEqual([0, 1]);
    expect(lines).toEqual([expect.stringMatching(/^cut 11 bytes that were never acknowledged/)]);
  });

  it("refuses a damaged log as it is, and changes nothing", async () => {
    const folder = fresh();
    mkdirSync(folder);
    const damaged = `x\n${encodeRecord(1, { n: 1 })}`;
    writeFileSync(join(folder, "000000.jsonl"), damaged);
    expect((await failureOf(opened(folder))).code).toBe("RECORD_INVALID");
    expect(readFileSync(join(folder, "000000.jsonl"), "utf8")).toBe(damaged);
  });

  it("takes nothing more after a write that failed, and each waiting call is told", async () => {
    const folder = fresh();
    let mayWrite = true;
    const guard = async (): Promise<void> => {
      if (!mayWrite) throw new TomoeError("LOCKED", "taken over", { hint: "Let it work." });
    };
    const { log } = await opened(folder, { guard });
    await log.append([{ n: 0 }]);
    mayWrite = false;
    const results = await Promise.all([failureOf(log.append([{ n: 1 }])), failureOf(log.append([{ n: 2 }]))]);
    expect(results.map(({ code }) => code)).toEqual(["LOCKED", "LOCKED"]);
    mayWrite = true;
    expect((await failureOf(log.append([{ n: 3 }]))).code).toBe("LOCKED");
    await log.close();
    expect(await numbersIn(folder)).toEqual([0]);
  });

  it("is closed once, and takes nothing then, which is a bug of ours", async () => {
    const { log } = await opened(fresh());
    const last = log.append([{ n: 0 }]);
    await log.close();
    await last;
    const refused = await failureOf(log.append([{ n: 1 }]));
    expect([refused.code, refused.exitCode]).toEqual(["INTERNAL", 70]);
  });

  it("cannot be made below a file", async () => {
    const folder = fresh();
    writeFileSync(folder, "");
    const refused = await failureOf(opened(join(folder, "metrics")));
    expect([refused.code, refused.details.errno]).toEqual(["OUTPUT_CREATE", "ENOTDIR"]);
  });
});
