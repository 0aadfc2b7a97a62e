import { commands } from "../../../../../ts/cli/commands/index.ts";
import { everyCommandFlags } from "../../../../../ts/cli/words/command.ts";
import { understand } from "../../../../../ts/cli/words/dispatch.ts";

/** The words of an example as a shell would split them, up to the first operator. */
function wordsOf(example: string): string[] {
  const words = example.match(/"[^"]*"|\S+/g) ?? [];
  const end = words.findIndex((word) => /^(?:&&|\||;)$/.test(word));
  return words.slice(1, end === -1 ? undefined : end).map((word) => word.replaceAll('"', ""));
}

describe("the table of commands", () => {
  it("names each command once, and no flag twice or like one that every command has", () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { flags } of commands) {
      const own = [...flags, ...everyCommandFlags].map(({ name }) => name);
      expect(new Set(own).size).toBe(own.length);
    }
  });

  it("has examples that the parser understands as that very command", () => {
    for (const command of commands) {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        expect(example).toMatch(/^tomoe /);
        const request = understand(wordsOf(example), commands);
        expect(request).toMatchObject({ kind: "command", command: { name: command.name } });
      }
    }
  });

  it("describes every command and every flag in a sentence", () => {
    for (const { summary, flags } of commands)
      for (const text of [summary, ...flags.map(({ doc }) => doc)]) expect(text).toMatch(/^\S.*\.$/);
  });

  it("loads the function and the schema of each", async () => {
    for (const command of commands) {
      expect(typeof (await command.load())).toBe("function");
      expect(await command.schema()).toMatchObject({ title: `tomoe ${command.name} --json` });
    }
  });

  it("says the values of a choice and the count of numbers where a flag has them", () => {
    for (const { flags } of commands)
      for (const flag of flags) {
        expect((flag.choices?.length ?? 0) > 0).toBe(flag.kind === "choice");
        expect(flag.count !== undefined).toBe(flag.kind === "numbers");
        if (flag.count !== undefined) expect(flag.argument?.split(",")).toHaveLength(flag.count);
      }
  });
});
