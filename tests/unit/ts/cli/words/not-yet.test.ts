import { commands } from "../../../../../ts/cli/commands/index.ts";
import { notYetCommands, notYetError } from "../../../../../ts/cli/words/not-yet.ts";

describe("a command of a later version", () => {
  it("is refused as such, with the version that lacks it, whatever stands behind it", () => {
    for (const name of notYetCommands) {
      expect(notYetError([...name.split(" "), "more"], "0.1.0")).toMatchObject({
        code: "USAGE_INVALID",
        exitCode: 64,
        what: `tomoe ${name} is not available in version 0.1.0`,
        details: { command: name, version: "0.1.0" },
      });
    }
  });

  it("is none that this version has, and no misspelt word", () => {
    for (const { name } of commands) expect(notYetError(name.split(" "), "0.1.0")).toBeUndefined();
    expect(notYetError(["evall"], "0.1.0")).toBeUndefined();
    expect(notYetError(["runs"], "0.1.0")).toBeUndefined();
  });
});
