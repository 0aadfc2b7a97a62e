import { textTable } from "../text-table.ts";
import type { CommandSpec, FlagSpec } from "./command.ts";
import { everyCommandFlags } from "./command.ts";

/** Help of one command: usage line, arguments, flags, examples. */
export function commandHelp(command: CommandSpec): string {
  const usage = [
    `tomoe ${command.name}`,
    ...command.arguments.map(
      ({ name, isRequired, isMany }) => `${isRequired ? name : `[${name}]`}${isMany === true ? "..." : ""}`,
    ),
    ...command.flags.map(usageOf),
  ].join(" ");
  return sections([
    ["", [command.summary]],
    ["Usage", wrap(usage, 110, "    ")],
    ["Arguments", rows(command.arguments.map(({ name, doc }) => [name, doc]))],
    ["Flags", rows([...command.flags, ...everyCommandFlags].map((flag) => [flagText(flag), flag.doc]))],
    ["Examples", command.examples.map((example) => `  ${example}`)],
  ]);
}

/** Help of a group ("tomoe runs"): its commands. */
export function groupHelp(group: string, commands: readonly CommandSpec[]): string {
  return sections([
    ["Usage", [`  tomoe ${group} COMMAND [--help]`]],
    ["Commands", rows(commands.map(({ name, summary }) => [`tomoe ${name}`, summary]))],
  ]);
}

/** Help of the whole program. */
export function programHelp(
  version: string,
  commands: readonly CommandSpec[],
  notYet: readonly string[],
): string {
  return sections([
    [
      "",
      [
        `tomoe ${version}: lift a 2D multimodal LLM to 3D CT, with text-guided hierarchical experts.`,
        "Research only, not for clinical use.",
      ],
    ],
    ["Usage", ["  tomoe COMMAND [ARGUMENTS] [--json] [--help] [--schema]", "  tomoe --version"]],
    ["Commands", rows(commands.map(({ name, summary }) => [name, summary]))],
    ["Not in this version", wrap(notYet.join(", "), 110, "  ", "  ")],
    [
      "More",
      ['  "tomoe COMMAND --help" explains one command. Data goes to stdout, everything else to stderr.'],
    ],
  ]);
}

function usageOf(flag: FlagSpec): string {
  const text = `${flagText(flag)}`;
  return `${flag.isRequired === true ? text : `[${text}]`}${flag.isMany === true ? "..." : ""}`;
}

function flagText({ name, kind, argument, choices }: FlagSpec): string {
  if (kind === "switch") return `--${name}`;
  return `--${name} ${argument ?? choices?.join("|") ?? kind.toUpperCase()}`;
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  if (pairs.length === 0) return [];
  const [, ...lines] = textTable([{ title: "" }, { title: "" }], pairs).split("\n");
  return lines.map((line) => `  ${line}`);
}

function wrap(text: string, width: number, indent: string, first = "  "): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(/ (?![^[]*\])/)) {
    if (line.trim() !== "" && line.length + word.length + 1 > width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line.trimEnd()];
}

function sections(parts: readonly (readonly [string, readonly string[]])[]): string {
  return parts
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => (title === "" ? lines : [`${title}:`, ...lines]).join("\n"))
    .join("\n\n");
}
