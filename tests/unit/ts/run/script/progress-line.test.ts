import { progressLine } from "../../../../../ts/run/script/progress-line.ts";

function watched(isTTY: boolean) {
  let written = "",
    ms = 0;
  const stream = { isTTY, columns: 40, write: (text: string) => (written += text) };
  const line = progressLine(stream, () => ms);
  return { ...line, written: () => written, wait: (by: number) => (ms += by) };
}

const step = (at: number, steps = 3) =>
  ({ kind: "step", stage: "shared", step: at, steps, loss: 1.23456, seconds: 1 }) as const;

describe("the progress line of a script", () => {
  it("writes one line for each phase and stage that is done where nothing can be drawn again", () => {
    const line = watched(false);
    line.onProgress({ kind: "run", runId: "r1", dir: "/runs/r1" });
    line.onProgress({ kind: "phase", phase: "read volumes", done: 1, total: 2 });
    line.onProgress({ kind: "phase", phase: "read volumes", done: 2, total: 2 });
    for (const at of [0, 1, 2]) line.onProgress(step(at));
    line.onProgress({ kind: "notice", text: "a worker\u001b[31m died" });
    line.end();
    expect(line.written()).toBe(
      "run r1 in /runs/r1\nread volumes 2/2\nshared 3/3 loss 1.235\na worker [31m died\n",
    );
  });

  it("draws one line again on a terminal, ten times a second at most, and never past its edge", () => {
    const line = watched(true);
    line.onProgress(step(0, 500));
    line.onProgress(step(1, 500));
    expect(line.written()).toBe("\rshared 1/500 loss 1.235");
    line.wait(150);
    line.onProgress(step(2, 500));
    expect(line.written()).toBe("\rshared 1/500 loss 1.235\rshared 3/500 loss 1.235");
    line.onProgress({ kind: "phase", phase: "x".repeat(100), done: 1, total: 1 });
    expect(line.written().split("\r").at(-1)).toBe(`${"x".repeat(39)}\n`);
  });

  it("ends what stands open before a notice, and at the end, once", () => {
    const line = watched(true);
    line.onProgress(step(0));
    line.onProgress({ kind: "notice", text: "resuming" });
    expect(line.written()).toBe("\rshared 1/3 loss 1.235\nresuming\n");
    line.end();
    line.end();
    expect(line.written().endsWith("resuming\n")).toBe(true);
  });
});
