import { commands } from "../../../../../ts/cli/commands/index.ts";
import type { Request } from "../../../../../ts/cli/words/dispatch.ts";
import { understand } from "../../../../../ts/cli/words/dispatch.ts";
import { notYetCommands } from "../../../../../ts/cli/words/not-yet.ts";
import { failureOf } from "../program.ts";

const ask = (...words: string[]): Request => understand(words, commands);
const textOf = (...words: string[]): string => {
  const request = ask(...words);
  return request.kind === "text" ? request.text : `not a text: ${request.kind}`;
};

describe("a command line", () => {
  it("is understood with global switches before the command and after it", () => {
    for (const words of [
      ["--json", "runs", "ls"],
      ["runs", "--json", "ls"],
      ["runs", "ls", "--json"],
    ]) {
      expect(ask(...words)).toMatchObject({
        kind: "command",
        command: { name: "runs ls" },
      });
    }
    expect(ask("--schema", "score")).toMatchObject({
      kind: "schema",
      command: { name: "score" },
    });
    expect(textOf("--help", "score")).toContain("tomoe score PREDICTIONS.jsonl");
  });

  it.each([
    [["rnu"], 'there is no command "rnu", did you mean "run"?'],
    [["inspcet", "x"], 'there is no command "inspcet", did you mean "inspect"?'],
    [["xyzzy"], 'there is no command "xyzzy"'],
    [["runs", "sho"], 'there is no command "runs sho", did you mean "show"?'],
    [["runs"], "say what to do: ls, show"],
    [[], "no command was given"],
    [["--json"], "no command was given"],
    [["--vresion"], 'there is no flag --vresion before the command, did you mean "--version"?'],
    [["--runs", "x", "runs", "ls"], "there is no flag --runs before the command"],
  ])("%j is refused, with what was probably meant", async (words, message) => {
    const refused = await failureOf(() => understand(words, commands));
    expect(refused.code).toBe("USAGE_INVALID");
    expect(refused.exitCode).toBe(64);
    expect(refused.message).toContain(message);
  });

  it.each(notYetCommands.map((name) => [name]))(
    "says of %s that a later version brings it, not that there is no such command",
    async (name) => {
      const refused = await failureOf(() => understand([...name.split(" "), "--whatever", "x"], commands));
      expect(refused.code).toBe("USAGE_INVALID");
      expect(refused.message).toMatch(
        new RegExp(`tomoe ${name} is not available in version \\d+\\.\\d+\\.\\d+`),
      );
    },
  );

  it("says what a group alone may do", async () => {
    expect((await failureOf(() => ask("data"))).message).toContain(
      "say what to do: verify, split, certify, build, gc",
    );
  });

  it("asks for the version by --version and -V, and for help in every way people try", () => {
    expect(textOf("--version")).toMatch(/^\d+\.\d+\.\d+$/);
    expect(textOf("-V")).toBe(textOf("--version"));
    for (const words of [["--help"], ["-h"], ["help"]]) expect(textOf(...words)).toContain("Commands:");
    for (const words of [
      ["predict", "--help"],
      ["predict", "-h"],
      ["help", "predict"],
    ]) {
      expect(textOf(...words)).toContain("tomoe predict SCAN");
    }
    expect(textOf("runs", "--help")).toContain("tomoe runs show");
  });
});

describe("the table of commands", () => {
  it("has each name once, and none that is also listed for later", () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(notYetCommands).not.toContain(name);
  });

  it.each(commands.map((command) => [command.name, command] as const))(
    "%s can be loaded, has examples that parse, and help with every flag",
    async (_name, command) => {
      for (const example of command.examples) {
        const words = [...(example.split(" && ")[0]?.matchAll(/"([^"]*)"|(\S+)/g) ?? [])]
          .map(([, quoted, bare]) => quoted ?? bare ?? "")
          .slice(1);
        expect(understand(words, commands)).toMatchObject({
          kind: "command",
          command: { name: command.name },
        });
      }
      expect(command.examples.length).toBeGreaterThan(0);
      const help = textOf(...command.name.split(" "), "--help");
      for (const { name, doc } of command.flags)
        expect(help).toMatch(new RegExp(`--${name}.*${doc.slice(0, 12).replaceAll(/[^\w ]/g, ".")}`));
      expect(help).toContain(command.summary);
      for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(140);
    },
  );
});
