import { commands } from "../../../../../ts/cli/commands/index.ts";
import { commandHelp, groupHelp, programHelp } from "../../../../../ts/cli/words/help.ts";

const named = (name: string) => {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new TypeError(`no command ${name}`);
  return command;
};

describe("help", () => {
  it("of a command shows every argument, every flag with its sentence, and examples", () => {
    for (const command of commands) {
      const help = commandHelp(command);
      expect(help).toContain(command.summary);
      for (const { name, doc } of command.flags) {
        expect(help).toContain(`--${name}`);
        expect(help.replaceAll(/\s+/g, " ")).toContain(doc.replaceAll(/\s+/g, " "));
      }
      for (const { name } of command.arguments) expect(help).toContain(name);
      for (const example of command.examples) expect(help).toContain(`  ${example}`);
    }
  });

  it("puts what may be left out in brackets, and dots behind what may stand more than once", () => {
    const usage = commandHelp(named("predict")).replaceAll(/\s+/g, " ");
    expect(usage).toContain("tomoe predict SCAN --run RUN|latest [--checkpoint NAME] [--report]");
    expect(usage).toContain("[--question Q]...");
    expect(commandHelp(named("init"))).toContain("tomoe init [DIR]");
  });

  it("breaks a long usage line between flags, never inside one", () => {
    const lines = commandHelp(named("preprocess")).split("\n");
    const usage = lines.slice(lines.indexOf("Usage:") + 1, lines.indexOf("Arguments:") - 1);
    expect(usage.length).toBeGreaterThan(1);
    for (const line of usage) {
      expect(line.length).toBeLessThanOrEqual(110);
      expect((line.match(/\[/g) ?? []).length).toBe((line.match(/\]/g) ?? []).length);
    }
  });

  it("of a group and of the program lists the commands with what they do, and what a later version brings", () => {
    const group = groupHelp(
      "runs",
      commands.filter(({ name }) => name.startsWith("runs ")),
    );
    expect(group).toMatch(/tomoe runs ls +List the runs/);
    const program = programHelp("9.8.7", commands, ["studio"]);
    expect(program).toContain("tomoe 9.8.7");
    for (const { name } of commands) expect(program).toContain(`  ${name} `);
    expect(program).toMatch(/Not in this version:\n {2}studio/);
  });
});
