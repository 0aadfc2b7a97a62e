import { resolve } from "node:path";
import { namedSource, usualFolder } from "../../../../../../ts/cli/commands/data/source-words.ts";
import { openTerminal } from "../../../../../../ts/cli/terminal.ts";
import { Flags } from "../../../../../../ts/cli/words/command.ts";
import { caught } from "../../../../../support/caught.ts";

function callOf(path: string, flags: Readonly<Record<string, string>>) {
  const given = Object.entries(flags).map(([name, value]) => ({ name, value }));
  const terminal = openTerminal({ write: () => true }, {});
  return { arguments: [path], flags: new Flags(given), signal: new AbortController().signal, terminal };
}
const command = { name: "data verify" };

describe("a data set as words name it", () => {
  it("is a path, and what is said of it", () => {
    expect(namedSource(callOf("here", {}), command)).toEqual({ path: resolve("here"), open: {} });
    const said = { layout: "ct-rate", scans: "scans", columns: "case=study,image=file" };
    expect(namedSource(callOf("here", said), command)).toEqual({
      path: resolve("here"),
      layout: "ct-rate",
      open: { scans: resolve("scans"), columns: { case: "study", image: "file" } },
    });
  });

  it.each(["case", "case=", "=study", "case=a=b", "case=a,case=b", "case=a,"])(
    "is refused with columns %j",
    async (columns) => {
      const error = await caught(() => namedSource(callOf("x", { columns }), command));
      expect(error).toMatchObject({
        code: "USAGE_INVALID",
        message: expect.stringContaining("case=study,image=file"),
      });
    },
  );
});

describe("the folder that a data set's files go to", () => {
  it("is called by it, and is another one for another data set of that name or another way to read it", () => {
    const one = usualFolder("verified", namedSource(callOf("/a/my data", {}), command));
    expect(one).toMatch(/verified\/my_data-[0-9a-f]{6}$/);
    expect(usualFolder("verified", namedSource(callOf("/a/my data", {}), command))).toBe(one);
    expect(usualFolder("verified", namedSource(callOf("/b/my data", {}), command))).not.toBe(one);
    expect(usualFolder("verified", namedSource(callOf("/a/my data", { layout: "table" }), command))).not.toBe(
      one,
    );
  });
});
