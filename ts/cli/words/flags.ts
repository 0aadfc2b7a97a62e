import { parseArgs } from "node:util";
import { TomoeError } from "../../errors.ts";
import { didYouMean } from "../../schema/nearest.ts";
import { type CommandSpec, everyCommandFlags, type FlagSpec, Flags, type GivenFlag } from "./command.ts";

/** A command line that fits its command. */
export interface ParsedCall {
  readonly arguments: readonly string[];
  readonly flags: Flags;
}

/**
 * Reads the words after the command's name.
 *
 * @throws TomoeError `USAGE_INVALID` with every problem at once and "did you mean" for unknown flags.
 */
export function parseCall(command: CommandSpec, words: readonly string[]): ParsedCall {
  const specs = [...command.flags, ...everyCommandFlags];
  const options = Object.fromEntries(
    specs.map(({ name, kind }) => [
      name,
      {
        type: kind === "switch" ? ("boolean" as const) : ("string" as const),
        ...(name === "help" ? { short: "h" } : {}),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  const given: GivenFlag[] = [];
  // Flags whose value was wrong stood there all the same: one mistake is one problem.
  const stood = new Set<string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    stood.add(token.name);
    const spec = specs.find(({ name }) => name === token.name);
    const problem =
      spec === undefined
        ? `there is no flag ${token.rawName}${didYouMean(
            token.rawName,
            specs.map(({ name }) => `--${name}`),
          )}`
        : problemOf(spec, token.value, token.inlineValue === true, given);
    if (problem === undefined) given.push({ name: token.name, value: token.value ?? "" });
    else problems.push(problem);
  }
  const isAsking = given.some(({ name }) => name === "help" || name === "schema");
  if (!isAsking) problems.push(...missing(command, positionals, stood));
  if (problems.length > 0) throw usage(command, problems);
  return { arguments: positionals, flags: new Flags(given) };
}

/** `USAGE_INVALID` for a command, pointing to its help. */
export function usage(command: Pick<CommandSpec, "name">, problems: readonly string[]): TomoeError {
  return new TomoeError("USAGE_INVALID", `tomoe ${command.name}: ${problems.join("; ")}`, {
    hint: `"tomoe ${command.name} --help" shows what it takes.`,
    details: { command: command.name, problems },
  });
}

function missing(command: CommandSpec, positionals: readonly string[], stood: ReadonlySet<string>): string[] {
  const required = command.arguments.filter(({ isRequired }) => isRequired);
  const extra = command.arguments.at(-1)?.isMany === true ? [] : positionals.slice(command.arguments.length);
  return [
    ...required.slice(positionals.length).map(({ name, doc }) => `${name} is missing (${doc})`),
    ...extra.map((word) => `"${word}" is one argument too many`),
    ...command.flags
      .filter(({ name, isRequired }) => isRequired === true && !stood.has(name))
      .map(({ name, doc }) => `--${name} is missing (${doc})`),
  ];
}

function problemOf(
  spec: FlagSpec,
  value: string | undefined,
  isInline: boolean,
  given: readonly GivenFlag[],
): string | undefined {
  const name = `--${spec.name}`;
  if (spec.kind === "switch")
    return value === undefined ? undefined : `${name} takes no value, found "${value}"`;
  if (value === undefined) return `${name} needs a value: ${name} ${spec.argument ?? spec.kind}`;
  // The next flag was taken for the value of this one: the value was forgotten.
  if (!isInline && /^--[a-z]/.test(value))
    return `${name} needs a value, found the flag ${value} (write ${name}=${value} when that is the value)`;
  if (spec.isMany !== true && given.some((flag) => flag.name === spec.name)) return `${name} stands twice`;
  return problemOfValue(spec, name, value);
}

function problemOfValue(spec: FlagSpec, name: string, value: string): string | undefined {
  if (spec.kind === "integer" && !(/^-?\d+$/.test(value) && Number.isSafeInteger(Number(value))))
    return `${name} must be a whole number, found "${value}"`;
  if (spec.kind === "choice" && !(spec.choices ?? []).includes(value)) {
    return `${name} must be one of ${(spec.choices ?? []).join(", ")}, found "${value}"${didYouMean(value, spec.choices ?? [])}`;
  }
  if (spec.kind === "numbers") {
    const parts = value.split(",");
    const areNumbers = parts.every((part) => part.trim() !== "" && Number.isFinite(Number(part)));
    if (parts.length !== spec.count || !areNumbers)
      return `${name} must be ${spec.count} numbers as ${spec.argument}, found "${value}"`;
  }
  return spec.kind === "text" && value === "" ? `${name} is empty` : undefined;
}
