import { spawn } from "node:child_process";
import { cpuFigures, timed } from "../../../../ts/bench/samples.ts";

describe("a measured round", () => {
  it("has the wall time of the work, and what this process computed in it", async () => {
    const sample = await timed(process.pid, async () => {
      const until = process.cpuUsage().user + 30_000;
      while (process.cpuUsage().user < until) Math.sqrt(2);
    });
    expect(sample.senderMs).toBeGreaterThanOrEqual(30);
    expect(sample.wallMs).toBeGreaterThan(0);
    if (process.platform === "linux") expect(sample.receiverMs).toBeGreaterThan(0);
  });

  it("counts nothing for a process that only sleeps, or that is gone", async () => {
    const sleeper = spawn("sleep", ["60"]);
    const ended = new Promise((resolve) => sleeper.once("exit", resolve));
    const idle = await timed(sleeper.pid ?? 0, async () => undefined);
    sleeper.kill();
    await ended;
    const gone = await timed(sleeper.pid ?? 0, async () => undefined);
    expect(idle.receiverMs).toBeLessThan(1000);
    expect(gone.receiverMs).toBeLessThanOrEqual(0);
  });
});

describe("CPU figures", () => {
  it("are medians in seconds per gigabyte, named by whose they are", () => {
    const samples = [1, 30, 2].map((senderMs) => ({ wallMs: 9, senderMs, receiverMs: senderMs * 2 }));
    expect(cpuFigures("", samples, 1e9)).toEqual({
      cpuSenderSecondsPerGigabyte: 0.002,
      cpuReceiverSecondsPerGigabyte: 0.004,
    });
    expect(Object.keys(cpuFigures("peer", samples, 1e6))).toEqual([
      "peerCpuSenderSecondsPerGigabyte",
      "peerCpuReceiverSecondsPerGigabyte",
    ]);
  });
});
