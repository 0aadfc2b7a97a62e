import { watchRun } from "../../../../../ts/cli/screen/run-watch.ts";
import { openTerminal } from "../../../../../ts/cli/terminal.ts";
import { textStream } from "../program.ts";

function watched() {
  const stream = textStream({});
  return { stream, watch: watchRun(openTerminal(stream, { NO_COLOR: "1" })) };
}

describe("what a run tells of itself", () => {
  it("is a line for its folder, for a notice, for a phase and for the steps with their loss", () => {
    const { stream, watch } = watched();
    watch.onProgress({ kind: "run", runId: "r1", dir: "runs/r1" });
    watch.onProgress({ kind: "notice", text: "there is space again" });
    watch.onProgress({ kind: "phase", phase: "reading scans", done: 3, total: 3 });
    watch.onProgress({ kind: "step", stage: "shared", step: 0, steps: 2, loss: 0.5, seconds: 1 });
    watch.onProgress({ kind: "step", stage: "shared", step: 1, steps: 2, loss: 0.25, seconds: 1 });
    watch.end();
    const lines = stream.written().trimEnd().split("\n");
    expect(lines.slice(0, 2)).toEqual(["run r1 in runs/r1", "there is space again"]);
    expect(lines[2]).toMatch(/^reading scans 100% {2}3\/3/);
    expect(lines[3]).toMatch(/^shared {2}50% {2}1\/2 {2}loss 0\.5000/);
    expect(lines[4]).toMatch(/^shared 100% {2}2\/2 {2}loss 0\.2500/);
  });

  it("has no control character of a notice obeyed by the terminal", () => {
    const { stream, watch } = watched();
    watch.onProgress({ kind: "notice", text: "a\u001b[2Jb" });
    expect(stream.written()).not.toContain("\u001b");
  });
});
