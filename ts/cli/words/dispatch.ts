import { TomoeError } from "../../errors.ts";
import { packageVersion } from "../../files/index.ts";
import { didYouMean } from "../../schema/nearest.ts";
import type { Terminal } from "../terminal.ts";
import type { CommandSpec } from "./command.ts";
import { parseCall, usage } from "./flags.ts";
import { commandHelp, groupHelp, programHelp } from "./help.ts";
import { notYetCommands, notYetError } from "./not-yet.ts";

/** What the words of a command line ask for. */
export type Request =
  | { readonly kind: "text"; readonly name: "help" | "version"; readonly text: string }
  | { readonly kind: "schema"; readonly command: CommandSpec }
  | {
      readonly kind: "command";
      readonly command: CommandSpec;
      readonly arguments: readonly string[];
      readonly flags: ReturnType<typeof parseCall>["flags"];
    };

/** The world of a call, for `runRequest`. */
export interface CallWorld {
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

const globalSwitches = new Set(["--json", "--help", "-h", "--version", "-V", "--schema"]);

/**
 * Understands a command line; nothing of a command is loaded.
 *
 * @throws TomoeError `USAGE_INVALID` for an unknown command or flag, with "did you mean", or a command of a
 * later version.
 */
export function understand(words: readonly string[], commands: readonly CommandSpec[]): Request {
  const at = words.findIndex((word) => !word.startsWith("-"));
  const before = at === -1 ? words : words.slice(0, at);
  const stray = before.find((word) => !globalSwitches.has(word) && !word.startsWith("--json="));
  if (stray !== undefined)
    throw noSuch(`there is no flag ${stray} before the command${didYouMean(stray, [...globalSwitches])}`);
  const version = packageVersion();
  if (before.includes("--version") || before.includes("-V"))
    return { kind: "text", name: "version", text: version };
  const isAsking = before.includes("--help") || before.includes("-h");
  if (at === -1) {
    if (isAsking) return { kind: "text", name: "help", text: programHelp(version, commands, notYetCommands) };
    throw noSuch("no command was given");
  }
  // A switch that stands before the command belongs to it all the same.
  const rest = [...words.slice(at + 1), ...before.filter((word) => word !== "--json")];
  const first = words[at] ?? "";
  return first === "help"
    ? understand(["--help", ...words.slice(at + 1)], commands)
    : understandCommand(first, rest, commands, version);
}

function understandCommand(
  first: string,
  rest: readonly string[],
  commands: readonly CommandSpec[],
  version: string,
): Request {
  const alone = commands.find(({ name }) => name === first);
  if (alone !== undefined) return toRequest(alone, rest);
  const at = rest.findIndex((word) => !word.startsWith("-"));
  const second = at === -1 ? undefined : rest[at];
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  const inGroup = group.find(({ name }) => name === `${first} ${second}`);
  if (inGroup !== undefined) return toRequest(inGroup, rest.toSpliced(at, 1));
  const later = notYetError([first, ...(second === undefined ? [] : [second])], version);
  if (later !== undefined) throw later;
  const choices = group.map(({ name }) => name.slice(first.length + 1));
  if (group.length > 0 && (rest.includes("--help") || rest.includes("-h")) && second === undefined)
    return { kind: "text", name: "help", text: groupHelp(first, group) };
  if (group.length > 0) {
    throw usage({ name: first }, [
      second === undefined
        ? `say what to do: ${choices.join(", ")}`
        : `there is no command "${first} ${second}"${didYouMean(second, choices)}`,
    ]);
  }
  const known = [
    ...new Set(
      [...commands.map(({ name }) => name), ...notYetCommands].map((name) => name.split(" ")[0] ?? name),
    ),
  ];
  throw noSuch(`there is no command "${first}"${didYouMean(first, known)}`);
}

function toRequest(command: CommandSpec, words: readonly string[]): Request {
  const parsed = parseCall(command, words);
  if (parsed.flags.has("help")) return { kind: "text", name: "help", text: commandHelp(command) };
  if (parsed.flags.has("schema")) return { kind: "schema", command };
  return { kind: "command", command, ...parsed };
}

function noSuch(problem: string): TomoeError {
  return new TomoeError("USAGE_INVALID", problem, {
    hint: '"tomoe --help" lists the commands.',
    details: { problems: [problem] },
  });
}

/** What is printed on stdout: the document with `--json`, else the text. */
export interface Printed {
  readonly document: object;
  readonly text: string;
}

/** Does what was asked for. */
export async function carryOut(request: Request, world: CallWorld): Promise<Printed> {
  if (request.kind === "text")
    return { document: { ok: true, [request.name]: request.text }, text: request.text };
  if (request.kind === "schema") {
    const schema = await request.command.schema();
    return { document: schema as object, text: JSON.stringify(schema, null, 2) };
  }
  const run = await request.command.load();
  return run({ arguments: request.arguments, flags: request.flags, ...world });
}
