import { clock, ProgressBar } from "../../../../../ts/cli/screen/progress-bar.ts";
import { openTerminal } from "../../../../../ts/cli/terminal.ts";
import { textStream } from "../program.ts";

function watch(isTTY: boolean, env: Readonly<Record<string, string>> = {}) {
  const stream = textStream(isTTY ? { isTTY, columns: 90 } : {});
  let nowMs = 0;
  const bar = new ProgressBar(openTerminal(stream, { NO_COLOR: "1", ...env }), () => nowMs);
  return {
    bar,
    stream,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("the progress of a stage", () => {
  it("is one line for every tenth of the way where nothing can be redrawn", () => {
    const { bar, stream, wait } = watch(false);
    for (let step = 0; step <= 200; step += 1) {
      bar.update({
        label: "shared",
        done: step,
        total: 200,
        loss: 2 - step / 200,
      });
      wait(500);
    }
    const lines = stream.written().trimEnd().split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe("shared   0%  0/200  loss 2.0000");
    expect(lines[5]).toBe("shared  50%  100/200  loss 1.5000  2.00 it/s  ETA 0:50");
    expect(lines[10]).toBe("shared 100%  200/200  loss 1.0000  2.00 it/s  took 1:40");
    expect(stream.written()).not.toContain("\u001b");
  });

  it("is redrawn on a terminal at most ten times a second, with a bar, and left standing at the end", () => {
    const { bar, stream, wait } = watch(true, { LANG: "C.UTF-8" });
    for (let step = 0; step <= 100; step += 1) {
      bar.update({ label: "shared", done: step, total: 100, loss: 1 });
      wait(20);
    }
    const draws = stream.written().split("\r\u001b[2K");
    expect(draws.length).toBeGreaterThan(15);
    expect(draws.length).toBeLessThanOrEqual(22);
    expect(draws[10]).toMatch(
      /^shared {2}50% \u2588{15,16}\u2591{15,16} {2}50\/100 {2}loss 1\.0000 {2}50\.0 it\/s {2}ETA 0:01$/,
    );
    expect(stream.written().endsWith("took 0:02\n")).toBe(true);
    for (const draw of draws) expect(draw.trimEnd().length).toBeLessThanOrEqual(90);
  });

  it("draws its bar in ASCII where nothing else can be shown, and none where there is no room", () => {
    const { bar, stream } = watch(true);
    bar.update({ label: "shared", done: 5, total: 10 });
    expect(stream.written()).toMatch(/shared {2}50% #+\.+ {2}5\/10/);
    const narrow = textStream({ isTTY: true, columns: 30 });
    new ProgressBar(openTerminal(narrow, { NO_COLOR: "1" }), () => 0).update({
      label: "a-long-stage-name",
      done: 5,
      total: 10,
    });
    expect(narrow.written()).toBe("a-long-stage-name  50%  5/10");
  });

  it("is not led astray by a slow first step or a checkpoint", () => {
    const { bar, stream, wait } = watch(false);
    for (let step = 0; step <= 50; step += 1) {
      bar.update({ label: "shared", done: step, total: 100 });
      wait(step === 0 || step === 49 ? 60_000 : 2000);
    }
    expect(stream.written()).toContain("50/100  2.00 s/it  ETA 1:40");
  });

  it("begins anew for another stage, and for a stage that goes back to a checkpoint", () => {
    const { bar, stream, wait } = watch(false);
    bar.update({ label: "shared", done: 90, total: 100 });
    wait(1000);
    bar.update({ label: "shared", done: 50, total: 100 });
    bar.update({ label: "specific", done: 0, total: 100 });
    expect(
      stream
        .written()
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(0, 14).trimEnd()),
    ).toEqual(["shared  90%  9", "shared  50%  5", "specific   0%"]);
  });

  it("shows a loss that is not finite", () => {
    const { bar, stream } = watch(false);
    bar.update({ label: "shared", done: 1, total: 10, loss: Number.NaN });
    expect(stream.written()).toContain("loss NaN");
  });
});

it.each([
  [0, "0:00"],
  [7.4, "0:07"],
  [754, "12:34"],
  [3723, "1:02:03"],
])("%d seconds read %s", (seconds, expected) => {
  expect(clock(seconds)).toBe(expected);
});
