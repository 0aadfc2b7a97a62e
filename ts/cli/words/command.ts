import type { JsonValue } from "../../errors.ts";
import type { Terminal } from "../terminal.ts";

/** One flag of a command; the help and the parser are made from it. */
export interface FlagSpec {
  /** Without the dashes. */
  readonly name: string;
  /** A switch takes no value; "numbers" are separated by commas. */
  readonly kind: "switch" | "text" | "integer" | "choice" | "numbers";
  /** How the value is called in the help, e.g. "DIR". */
  readonly argument?: string;
  /** Values that a "choice" may have. */
  readonly choices?: readonly string[];
  /** Numbers that a "numbers" has. */
  readonly count?: number;
  /** May stand more than once. */
  readonly isMany?: boolean;
  readonly isRequired?: boolean;
  readonly doc: string;
}

export interface ArgumentSpec {
  /** e.g. "PATH". */
  readonly name: string;
  readonly isRequired: boolean;
  /** May stand more than once; the last one alone. */
  readonly isMany?: boolean;
  readonly doc: string;
}

/** A flag as it stood on the command line; a switch has the value "". */
export interface GivenFlag {
  readonly name: string;
  readonly value: string;
}

/** The flags of one call, checked against the command's table. */
export class Flags {
  /** In the order they stood. */
  readonly given: readonly GivenFlag[];

  constructor(given: readonly GivenFlag[]) {
    this.given = given;
  }

  has(name: string): boolean {
    return this.given.some((flag) => flag.name === name);
  }

  text(name: string): string | undefined {
    return this.given.find((flag) => flag.name === name)?.value;
  }

  all(name: string): readonly string[] {
    return this.given.filter((flag) => flag.name === name).map(({ value }) => value);
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  numbers(name: string): readonly number[] | undefined {
    return this.text(name)?.split(",").map(Number);
  }
}

/** What a command gets: its arguments, and the world it may talk to. */
export interface Call {
  readonly arguments: readonly string[];
  readonly flags: Flags;
  /** Aborted by Ctrl-C or SIGTERM; its reason is a TomoeError `CANCELLED` or `TERMINATED`. */
  readonly signal: AbortSignal;
  /** For people: progress, notices, warnings; on stderr. */
  readonly terminal: Terminal;
}

/** What a command gives back. */
export interface Outcome {
  /** What `--json` prints. */
  readonly document: { readonly ok: true };
  /** What is printed on stdout otherwise; a last line break is added. */
  readonly text: string;
}

export type CommandRun = (call: Call) => Promise<Outcome>;

export interface CommandSpec {
  /** One word, or a group and a word: "runs ls". */
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly flags: readonly FlagSpec[];
  readonly examples: readonly string[];
  /** Loads what the command needs, and only then. */
  readonly load: () => Promise<CommandRun>;
  /** The JSON schema of its document. */
  readonly schema: () => Promise<JsonValue>;
}

/** Flags that every command has. */
export const everyCommandFlags: readonly FlagSpec[] = [
  { name: "json", kind: "switch", doc: "Print exactly one JSON document on stdout, on failure too." },
  { name: "schema", kind: "switch", doc: "Print the JSON schema of that document." },
  { name: "help", kind: "switch", doc: "Print this help." },
];
