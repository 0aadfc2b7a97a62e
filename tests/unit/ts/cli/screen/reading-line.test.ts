import { ReadingLine } from "../../../../../ts/cli/screen/reading-line.ts";
import { openTerminal } from "../../../../../ts/cli/terminal.ts";
import { textStream } from "../program.ts";

function watch(isTTY: boolean) {
  const stream = textStream(isTTY ? { isTTY, columns: 90 } : {});
  let nowMs = 500;
  const line = new ReadingLine(openTerminal(stream, { NO_COLOR: "1" }), () => nowMs);
  return {
    line,
    stream,
    /** A report every `stepMs`, `steps` times. */
    read: (steps: number, stepMs: number) => {
      for (let done = 1; done <= steps; done += 1) {
        nowMs += stepMs;
        line.update({ what: "slices", done, total: 300 });
      }
    },
  };
}

describe("the progress of a read", () => {
  it("is silence for a second", () => {
    for (const isTTY of [true, false]) {
      const { line, stream, read } = watch(isTTY);
      read(9, 110);
      line.finish();
      expect(stream.written()).toBe("");
    }
  });

  it("is a line every ten seconds where nothing can be redrawn", () => {
    const { line, stream, read } = watch(false);
    read(300, 100);
    line.finish();
    expect(stream.written()).toBe("read 10 of 300 slices\nread 110 of 300 slices\nread 210 of 300 slices\n");
  });

  it("is one line that rewrites itself on a terminal, at most ten times a second", () => {
    const { line, stream, read } = watch(true);
    read(300, 10);
    line.finish();
    const drawn = stream.written().split("\r\u001b[2K");
    expect(drawn).toHaveLength(21);
    expect([drawn[0], drawn.at(-1)]).toEqual(["read 100 of 300 slices", "read 300 of 300 slices\n"]);
  });

  it.each([
    [{ what: "files", done: 40, total: 3000 }, "looked at 40 of 3000 files\n"],
    [{ what: "bytes", done: 2_500_000, total: 61_000_000 }, "read 2.5 of 61 MB\n"],
    [{ what: "bytes", done: 512_000_000, total: 1_050_000_000 }, "read 512 of 1050 MB\n"],
  ] as const)("says how much of what: %j", (progress, said) => {
    const stream = textStream({});
    let nowMs = 0;
    const line = new ReadingLine(openTerminal(stream, {}), () => nowMs);
    nowMs = 1000;
    line.update(progress);
    expect(stream.written()).toBe(said);
  });
});
