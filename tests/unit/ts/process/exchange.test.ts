import { type Exchange, startExchange } from "../../../../ts/process/exchange.ts";
import { descendantsOf } from "../../../../ts/process/proc/index.ts";
import { caught } from "../../../support/caught.ts";

/** A child that answers as the first byte of a message says. */
const script = `
const { readSync, writeSync } = require("node:fs");
const read = (n) => { const b = Buffer.alloc(n); let at = 0; while (at < n) { const got = readSync(0, b, at, n - at, null); if (got === 0) process.exit(0); at += got; } return b; };
const write = (b) => { for (let at = 0; at < b.length; ) at += writeSync(1, b, at, b.length - at); };
for (;;) {
  const m = read(read(4).readUInt32LE(0));
  const length = Buffer.alloc(4);
  const kind = String.fromCharCode(m[0]);
  if (kind === "h") for (;;);
  if (kind === "s") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 900);
  if (kind === "S") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9);
  if (kind === "x") process.exit(7);
  if (kind === "p") write(Buffer.from("[INFO] some words of a library\\n"));
  if (kind === "g") { const all = []; for (;;) all.push(Buffer.alloc(64 * 1024 * 1024, 1)); }
  length.writeUInt32LE(m.length);
  write(length.subarray(0, 1)); write(length.subarray(1)); write(m);
}`;
const start = (): Exchange =>
  startExchange({
    command: process.execPath,
    args: ["-e", script],
    maxMemoryBytes: 1200 * 1024 * 1024,
  });
const bounds = { timeoutMs: 600_000, maxAnswerBytes: 4_000_000 };
const children = (): number => descendantsOf(process.pid).length;

describe("an exchange with a child", () => {
  it("gives an answer for each message, of any size, from one child", async () => {
    const before = children();
    const exchange = start();
    try {
      for (const size of [1, 5, 70_000, 3_000_000]) {
        const sent = Buffer.alloc(size, "e");
        const answer = await exchange.ask([sent.subarray(0, 1), sent.subarray(1)], bounds);
        expect(Buffer.isBuffer(answer) && answer.equals(sent)).toBe(true);
        expect(children()).toBe(before + 1);
      }
    } finally {
      await exchange.stop();
      await exchange.stop();
    }
    expect(children()).toBe(before);
  });

  it("kills a child that does not answer in time, or with more than it may", async () => {
    for (const [kind, bound, code] of [
      ["h", { timeoutMs: 300 }, "PROCESS_TIMEOUT"],
      ["eeeeeeee", { maxAnswerBytes: 7 }, "PROCESS_OUTPUT_LIMIT"],
      ["p", {}, "PROCESS_OUTPUT_LIMIT"],
    ] as const) {
      const before = children();
      const exchange = start();
      const error = await caught(() => exchange.ask([Buffer.from(kind)], { ...bounds, ...bound }));
      expect(error.code).toBe(code);
      expect(children()).toBe(before);
    }
  });

  it("waits ten times as long for a child that does not compute, as on a busy machine, and no longer", async () => {
    const patient = start();
    // Begun before the clock is: what Node computes as it starts is not what is asked.
    await patient.ask([Buffer.from("e")], bounds);
    const slept = await patient.ask([Buffer.from("s")], { ...bounds, timeoutMs: 800 });
    expect(Buffer.isBuffer(slept)).toBe(true);
    const error = await caught(() => patient.ask([Buffer.from("S")], { ...bounds, timeoutMs: 60 }));
    expect(error.code).toBe("PROCESS_TIMEOUT");
  });

  it("says how a child ended instead of answering, also when it was over its memory", async () => {
    const exchange = start();
    expect(await exchange.ask([Buffer.from("x")], bounds)).toEqual({
      exitCode: 7,
      signal: null,
    });
    expect(await exchange.ask([Buffer.from("e")], bounds)).toEqual({
      exitCode: 7,
      signal: null,
    });
    const greedy = start();
    const end = await greedy.ask([Buffer.from("g")], bounds);
    expect(Buffer.isBuffer(end)).toBe(false);
    await Promise.all([exchange.stop(), greedy.stop()]);
  });

  it("needs a command that is there", async () => {
    const error = await caught(() =>
      startExchange({
        command: "no-such-command",
        args: [],
        maxMemoryBytes: 1,
      }),
    );
    expect(error.code).toBe("ENVIRONMENT");
  });
});
