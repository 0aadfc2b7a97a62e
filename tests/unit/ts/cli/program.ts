import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TextStream } from "../../../../ts/cli/terminal.ts";
import type { TomoeError } from "../../../../ts/errors.ts";
import { isTomoeError } from "../../../../ts/errors.ts";

export const repoRoot = fileURLToPath(new URL("../../../../", import.meta.url));
export const bin = fileURLToPath(new URL("../../../../scripts/tomoe.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Interpreter; the one that runs the tests when absent. */
  readonly node?: string;
  readonly nodeFlags?: readonly string[];
  readonly script?: string;
}

/** Starts a real process on the program, or on another script. */
export function startProgram(
  args: readonly string[],
  { cwd = repoRoot, env = {}, node = process.execPath, nodeFlags = [], script = bin }: ProgramOptions = {},
) {
  // Colour and debug settings of whoever runs the tests must not reach the program.
  const { NO_COLOR: _noColor, TOMOE_DEBUG: _debug, ...rest } = process.env;
  const child = spawn(node, [...nodeFlags, script, ...args], {
    cwd,
    env: { ...rest, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  /** Resolves once stderr or stdout holds `text`; rejects when the program ends without it. */
  const saying = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text) || stderr.includes(text)) resolve();
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
      look();
    });
  return { child, ended, saying };
}

export function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return startProgram(args, options).ended;
}

/** The one JSON document of a stdout; fails when there is more or less than one. */
export function onlyDocument(stdout: string): {
  readonly ok: boolean;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: Record<string, unknown>;
  };
  readonly [key: string]: unknown;
} {
  const lines = stdout.split("\n");
  if (lines.length !== 2 || lines[1] !== "") throw new Error(`not one line: ${JSON.stringify(stdout)}`);
  return JSON.parse(lines[0] ?? "");
}

export async function failureOf(work: (() => unknown) | Promise<unknown>): Promise<TomoeError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (cause) {
    if (isTomoeError(cause)) return cause;
    throw cause;
  }
  throw new Error("it was expected to fail and did not");
}

/** A stream that keeps what was written. */
export function textStream(
  facts: { readonly isTTY?: boolean; readonly columns?: number } = {},
): TextStream & { readonly written: () => string } {
  let written = "";
  return {
    ...facts,
    write: (text: string) => {
      written += text;
    },
    written: () => written,
  };
}
