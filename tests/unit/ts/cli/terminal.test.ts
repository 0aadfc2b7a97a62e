import fc from "fast-check";
import { openTerminal, plainText } from "../../../../ts/cli/terminal.ts";
import { textTable } from "../../../../ts/cli/text-table.ts";
import { textStream } from "./program.ts";

describe("text of a model", () => {
  it.each([
    ["a colour", "\u001b[31mred\u001b[0m", "red"],
    ["a cleared screen", "a\u001b[2J\u001b[1;1Hb", "ab"],
    ["a window title", "\u001b]0;owned\u0007text", "text"],
    ["a link ended by a string terminator", "\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["an 8-bit sequence", "\u009b31mred", "red"],
    ["a bell and a backspace", "a\u0007b\u0008", "a\uFFFDb\uFFFD"],
    ["a carriage return that would overwrite the line", "good\rbad", "good\uFFFDbad"],
    ["Windows line ends", "a\r\nb", "a\nb"],
    ["a turned writing direction", "a\u202Eb", "a\uFFFDb"],
    ["line breaks and tabs", "a\n\tb", "a\n\tb"],
    ["other languages", "L\u00e4sion \u809d", "L\u00e4sion \u809d"],
  ])("with %s is shown safely", (_title, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  it("never reaches the terminal with a control character, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(plainText(`\u001b[${text}\u001b]${text}`)).not.toMatch(/[^\P{Cc}\n\t]/u);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe("the terminal", () => {
  it.each([
    ["on a terminal", { isTTY: true }, {}, "\u001b[31mx\u001b[0m"],
    ["in a pipe", {}, {}, "x"],
    ["with NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, "x"],
    ["with an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, "\u001b[31mx\u001b[0m"],
    ["on a dumb terminal", { isTTY: true }, { TERM: "dumb" }, "x"],
  ])("paints %s as the user wants", (_title, stream, env, expected) => {
    expect(openTerminal(textStream(stream), env).paint("red", "x")).toBe(expected);
  });

  it("clears a progress line before anything else is written, and only then", () => {
    const stream = textStream({ isTTY: true });
    const terminal = openTerminal(stream, {});
    terminal.line("one");
    terminal.redraw("10%");
    terminal.redraw("20%");
    terminal.line("two");
    terminal.redraw("30%");
    terminal.keep();
    terminal.keep();
    terminal.line("three");
    expect(stream.written()).toBe("one\n10%\r\u001b[2K20%\r\u001b[2Ktwo\n30%\nthree\n");
  });

  it("knows whether block letters can be shown", () => {
    expect(openTerminal(textStream(), { LANG: "en_US.UTF-8" }).hasUnicode).toBe(true);
    expect(openTerminal(textStream(), { LC_ALL: "C", LANG: "en_US.UTF-8" }).hasUnicode).toBe(false);
    expect(openTerminal(textStream(), {}).hasUnicode).toBe(false);
  });
});

it("a table has its columns under their titles, numbers to the right", () => {
  expect(
    textTable(
      [{ title: "RUN" }, { title: "N", align: "right" }],
      [
        ["a", "1"],
        ["longer", "100"],
      ],
    ),
  ).toBe("RUN       N\na         1\nlonger  100");
});
