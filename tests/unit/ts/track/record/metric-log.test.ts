import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { MetricLog } from "../../../../../ts/track/index.ts";
import type { MetricRecord } from "../../../../../ts/track/read/index.ts";
import { readMetrics } from "../../../../../ts/track/read/index.ts";
import { encodeRecord } from "../../../../../ts/track/record/frames.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let logs = 0;
const lines: string[] = [];
function place(): string {
  return join(scratch.path, `metrics-${logs++}`);
}

function openLog(
  folder: string,
  options: { segmentBytes?: number; attempt?: number; guard?: () => Promise<void> } = {},
): Promise<MetricLog> {
  return MetricLog.open(
    {
      folder,
      guard: options.guard ?? (async () => undefined),
      notice: (line) => lines.push(line),
      space: new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, (line) => lines.push(line)),
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
    },
    () => options.attempt ?? 1,
  );
}

const metric = (step: number, value: number, rest: Partial<MetricRecord> = {}): MetricRecord => ({
  stage: "shared",
  step,
  name: "loss",
  value,
  wallSeconds: step / 10,
  ...rest,
});
const values = async (folder: string): Promise<number[]> =>
  (await readMetrics(folder)).map(({ value }) => value);
const lastSegment = (folder: string): string => join(folder, readdirSync(folder).sort().at(-1) ?? "");

describe("the record of metrics", () => {
  it("gives back what was acknowledged, in order, with sequence numbers without a gap over segments", async () => {
    const folder = place();
    const log = await openLog(folder, { segmentBytes: 300 });
    for (let step = 0; step < 20; step += 1)
      await log.append([metric(step, 1 / (step + 1)), metric(step, step, { name: "gradientNorm" })]);
    await log.close();
    const read = await readMetrics(folder);
    expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(read[3]).toEqual({
      seq: 3,
      attempt: 1,
      stage: "shared",
      step: 1,
      name: "gradientNorm",
      value: 1,
      wallSeconds: 0.1,
    });
    expect(readdirSync(folder).length).toBeGreaterThan(5);
    expect((await readMetrics(folder, { stage: "shared", name: "loss" })).map(({ step }) => step)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
    expect(await readMetrics(folder, { stage: "specific" })).toEqual([]);
  });

  it("is JSON line by line for any other reader", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(0, 0.25)]);
    await log.close();
    const [line = ""] = readFileSync(join(folder, "000000.jsonl"), "utf8").split("\n");
    expect(JSON.parse(line)).toEqual({
      seq: 0,
      attempt: 1,
      stage: "shared",
      step: 0,
      name: "loss",
      value: 0.25,
      wallSeconds: 0,
      crc32: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
  });

  it("keeps every double bit for bit, also NaN, infinities and the negative zero", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 1, maxLength: 30 }), async (numbers) => {
        const folder = place();
        const log = await openLog(folder);
        await log.append(numbers.map((value, step) => metric(step, value)));
        await log.close();
        const read = await values(folder);
        expect(read.length).toBe(numbers.length);
        for (const [index, value] of numbers.entries()) expect(Object.is(read[index], value)).toBe(true);
        // A replay of the same values after a restart is no difference.
        const again = await openLog(folder, { attempt: 2 });
        await again.append(numbers.map((value, step) => metric(step, value)));
        await again.close();
        expect((await values(folder)).length).toBe(numbers.length);
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it("takes the same value for the same key again as no change, in one call, in one attempt and after a restart", async () => {
    const folder = place();
    const log = await openLog(folder);
    await Promise.all([log.append([metric(0, 2), metric(0, 2)]), log.append([metric(0, 2)])]);
    await log.append([metric(0, 2, { wallSeconds: 99 })]);
    await log.close();
    const again = await openLog(folder, { attempt: 2 });
    await again.append([metric(0, 2), metric(1, 3)]);
    await again.close();
    expect((await readMetrics(folder)).map(({ step, attempt }) => [step, attempt])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it("acknowledges a repeated record only once the first is on the disk", async () => {
    const folder = place();
    let free: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    const log = await openLog(folder, { guard: () => held });
    const order: string[] = [];
    const first = log.append([metric(0, 2)]).then(() => order.push("first"));
    const repeat = log.append([metric(0, 2)]).then(() => order.push("repeat"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    free();
    await Promise.all([first, repeat]);
    expect(order).toEqual(["first", "repeat"]);
    await log.close();
  });

  it("refuses another value for a key with exit code 79 and writes nothing of that call", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(5, 2)]);
    const refused = await failureOf(log.append([metric(6, 1), metric(5, 2.0000000000000004)]));
    expect(refused.code).toBe("REPLAY_DIVERGED");
    expect(refused.exitCode).toBe(79);
    expect(refused.message).toContain(
      "step 5 of stage shared was recorded with loss = 2 and its replay gives 2.0000000000000004",
    );
    expect(refused.hint).toContain("environment.json");
    await log.close();
    expect(await values(folder)).toEqual([2]);
  });

  it("lets what is only measured differ from attempt to attempt, and not within one", async () => {
    const folder = place();
    const first = await openLog(folder);
    await first.append([metric(0, 0.5, { name: "stepSeconds", measured: true })]);
    expect(
      (await failureOf(first.append([metric(0, 0.6, { name: "stepSeconds", measured: true })]))).code,
    ).toBe("REPLAY_DIVERGED");
    await first.close();
    const second = await openLog(folder, { attempt: 2 });
    await second.append([metric(0, 0.6, { name: "stepSeconds", measured: true })]);
    await second.close();
    expect(
      (await readMetrics(folder)).map(({ value, attempt, measured }) => [value, attempt, measured]),
    ).toEqual([
      [0.5, 1, true],
      [0.6, 2, true],
    ]);
  });

  it("finds a key among steps that came out of order", async () => {
    const folder = place();
    const log = await openLog(folder);
    for (const step of [8, 2, 5, 0, 9, 1]) await log.append([metric(step, step)]);
    for (const step of [8, 2, 5, 0, 9, 1])
      expect((await failureOf(log.append([metric(step, -1)]))).code).toBe("REPLAY_DIVERGED");
    await log.close();
    expect(await values(folder)).toEqual([8, 2, 5, 0, 9, 1]);
  });

  it.each([
    ["an empty stage", { stage: "" }],
    ["a name with a line break", { name: "a\nb" }],
    ["half a step", { step: 1.5 }],
    ["a negative step", { step: -1 }],
    ["a clock that runs backwards", { wallSeconds: -1 }],
  ])("refuses %s", async (_title, change) => {
    const log = await openLog(place());
    const refused = await failureOf(log.append([metric(0, 1, change)]));
    expect(refused.code).toBe("INTERNAL");
    expect(refused.message).toContain("not a metric record");
    await log.close();
  });

  it("cuts a torn last record off with a line, wherever it was torn, and goes on after it", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(0, 1), metric(1, 2)]);
    await log.close();
    const whole = readFileSync(lastSegment(folder));
    const record = encodeRecord(2, {
      attempt: 1,
      stage: "shared",
      step: 2,
      name: "loss",
      value: 3,
      wallSeconds: 0,
    });
    for (let length = 1; length < record.length - 1; length += 1) {
      writeFileSync(lastSegment(folder), Buffer.concat([whole, Buffer.from(record.slice(0, length))]));
      lines.length = 0;
      expect(await values(folder)).toEqual([1, 2]);
      const again = await openLog(folder);
      await again.close();
      expect(lines).toEqual([expect.stringContaining(`cut ${length} bytes that were never acknowledged`)]);
      expect(readFileSync(lastSegment(folder)).equals(whole)).toBe(true);
    }
  });

  it("keeps a whole record whose newline is lost, and mends the line", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(0, 1), metric(1, 2)]);
    await log.close();
    const whole = readFileSync(lastSegment(folder));
    truncateSync(lastSegment(folder), whole.length - 1);
    const again = await openLog(folder);
    await again.append([metric(2, 3)]);
    await again.close();
    expect(await values(folder)).toEqual([1, 2, 3]);
  });

  it("takes pages that a power loss left unwritten as a torn tail", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(0, 1)]);
    await log.close();
    appendFileSync(lastSegment(folder), Buffer.alloc(4096));
    expect(await values(folder)).toEqual([1]);
    const again = await openLog(folder);
    await again.append([metric(1, 2)]);
    await again.close();
    expect(await values(folder)).toEqual([1, 2]);
  });

  it("detects every flipped byte of acknowledged records, naming file and place", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(0, 1), metric(1, 0.123456789), metric(2, Number.NaN)]);
    await log.close();
    const file = lastSegment(folder);
    const whole = readFileSync(file);
    let undetected = 0;
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (whole[at] ?? 0) ^ (1 + ((at * 37) % 255));
      writeFileSync(file, damaged);
      try {
        // The last newline is the one byte whose loss harms nothing: the record before it still vouches for
        // itself.
        const read = await values(folder);
        if (at !== whole.length - 1) undetected += 1;
        expect(read.slice(0, 2)).toEqual([1, 0.123456789]);
      } catch (cause) {
        const refused = await failureOf(Promise.reject(cause));
        expect(refused.code).toBe("RECORD_INVALID");
        expect(refused.message).toContain(file);
      }
    }
    expect(undetected).toBe(0);
  });

  it("refuses a missing segment, a missing record and a record out of its place", async () => {
    const folder = place();
    const log = await openLog(folder, { segmentBytes: 200 });
    for (let step = 0; step < 12; step += 1) await log.append([metric(step, step)]);
    await log.close();
    const [first = ""] = readdirSync(folder).sort();
    const content = readFileSync(join(folder, first), "utf8").split("\n");
    writeFileSync(join(folder, first), content.slice(1).join("\n"));
    expect((await failureOf(readMetrics(folder))).message).toContain(
      "record 1 stands where record 0 belongs",
    );
    writeFileSync(join(folder, first), "");
    expect((await failureOf(readMetrics(folder))).code).toBe("RECORD_INVALID");
    const gap = place();
    mkdirSync(gap);
    writeFileSync(join(gap, "000001.jsonl"), "");
    expect((await failureOf(readMetrics(gap))).message).toContain("segment 000000.jsonl is missing");
  });

  it("writes what comes in one call as few lines, and gives it back in its order", async () => {
    const folder = place();
    const log = await openLog(folder);
    const steps = Array.from({ length: 50 }, (_, step) => [
      metric(step, 1 / (step + 1)),
      metric(step, step * Math.PI, { name: "gradientNorm" }),
      metric(step, 0.25, { name: "seconds", measured: true }),
    ]);
    await log.append(steps.flat());
    await log.append([metric(50, 3)]);
    await log.close();
    expect(readFileSync(lastSegment(folder), "utf8").trimEnd().split("\n")).toHaveLength(2);
    const read = await readMetrics(folder);
    expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: 151 }, (_, index) => index));
    expect(read.map(({ seq: _seq, attempt: _attempt, ...record }) => record)).toEqual([
      ...steps.flat(),
      metric(50, 3),
    ]);
    // What lies there is known again: the same is no change, another value is refused.
    const again = await openLog(folder, { attempt: 2 });
    await again.append(steps.flat().filter((record) => record.measured !== true));
    expect((await failureOf(again.append([metric(49, 1)]))).code).toBe("REPLAY_DIVERGED");
    await again.append([metric(49, 0.5, { name: "seconds", measured: true })]);
    await again.close();
    expect(await readMetrics(folder)).toHaveLength(152);
  });

  it("takes at most 50 bytes a point, step by step and in bulk, for values of full precision", async () => {
    const names = Array.from({ length: 12 }, (_, at) => `load.0.1.${at}`);
    const pointsOf = (step: number) =>
      names.map((name, at) => metric(step, Math.sin(step * 31 + at), { name, wallSeconds: step * 0.0123 }));
    const bytesOf = (folder: string): number =>
      readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
    const stepwise = place();
    const one = await openLog(stepwise);
    for (let step = 0; step < 40; step += 1) await one.append(pointsOf(step));
    await one.close();
    expect(bytesOf(stepwise) / (40 * names.length)).toBeLessThan(50);
    const bulk = place();
    const other = await openLog(bulk);
    await other.append(Array.from({ length: 400 }, (_, step) => pointsOf(step)).flat());
    await other.close();
    expect(bytesOf(bulk) / (400 * names.length)).toBeLessThan(25);
  });

  it("forgets all of a call that was refused: what was right in it may come again with another value", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([metric(3, 3), metric(9, 9)]);
    const refused = [metric(5, 5), metric(1, 1), metric(9, 8), metric(12, 12)];
    expect((await failureOf(log.append(refused))).code).toBe("REPLAY_DIVERGED");
    expect((await failureOf(log.append([metric(5, 5), metric(6, 6, { step: -1 })]))).code).toBe("INTERNAL");
    await log.append([metric(5, 50), metric(1, 10), metric(12, 120)]);
    await log.close();
    const read = await readMetrics(folder);
    expect(read.map(({ step, value }) => [step, value])).toEqual([
      [3, 3],
      [9, 9],
      [5, 50],
      [1, 10],
      [12, 120],
    ]);
  });

  it("loses no record to a last newline that was damaged", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append(Array.from({ length: 20 }, (_, step) => metric(step, step)));
    await log.close();
    const file = lastSegment(folder);
    const whole = readFileSync(file);
    for (const byte of [0, 0x0b, 0x20, 0x7d, 0xff]) {
      writeFileSync(file, Buffer.concat([whole.subarray(0, -1), Buffer.from([byte])]));
      expect(await values(folder)).toHaveLength(20);
      lines.length = 0;
      const again = await openLog(folder);
      await again.close();
      expect(lines).toEqual([expect.stringContaining("cut 1 bytes")]);
      expect(readFileSync(file).equals(whole)).toBe(true);
    }
  });

  it("writes nothing more once its guard has refused", async () => {
    const folder = place();
    let lost = false;
    const log = await openLog(folder, {
      guard: async () => {
        if (lost) throw new Error("fenced");
      },
    });
    await log.append([metric(0, 1)]);
    lost = true;
    await expect(log.append([metric(1, 2)])).rejects.toThrow("fenced");
    lost = false;
    await expect(log.append([metric(2, 3)])).rejects.toThrow("fenced");
    await log.close();
    expect(await values(folder)).toEqual([1]);
  });

  it("has no records where there is no folder", async () => {
    expect(await readMetrics(join(scratch.path, "nowhere"))).toEqual([]);
  });
});
