// Judges `tomoe score` and `tomoe compare` by the shared cases: what came of a case, and what of it is not right.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../ts/cli/commands/index.ts";
import { asTomoeError, documentText, failureText } from "../../ts/cli/screen/output.ts";
import { openTerminal } from "../../ts/cli/terminal.ts";
import { carryOut, understand } from "../../ts/cli/words/dispatch.ts";
import { repository } from "./cli.ts";

type Wanted = string | Readonly<Record<string, unknown>>;

/** One object of `cases.json`. */
export interface EvalCase {
  readonly file: string | null;
  readonly args: readonly string[];
  readonly exit: number | readonly number[];
  readonly code: string | readonly string[] | null;
  readonly must: readonly Wanted[];
  readonly mustNot: readonly string[];
  readonly make?: { readonly line: string; readonly count: number };
  readonly stdin?: string;
  readonly seconds?: number;
  readonly signal?: NodeJS.Signals;
  readonly afterSeconds?: number;
}

interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The file of a case that is made: one line as often as it says, with numbers put in. */
function makeFile({ line, count }: NonNullable<EvalCase["make"]>, path: string): void {
  const lines = Array.from({ length: count }, (_, at) =>
    line
      .replace("{i}", String(at))
      .replace("{mod2}", String(at % 2))
      .replace("{div5}", String(Math.floor(at / 5)))
      .replace("{div10}", String(Math.floor(at / 10)))
      .replace("{AorB}", at % 2 === 0 ? "A. liver" : "B. spleen"),
  );
  writeFileSync(path, `${lines.join("\n")}\n`);
}

/** The command in this process: what `main` would print and end with. */
async function within(words: readonly string[]): Promise<Outcome> {
  let stderr = "";
  const stream = { write: (text: string) => (stderr += text) };
  const terminal = openTerminal(stream, {});
  const { signal } = new AbortController();
  try {
    const { document } = await carryOut(understand(words, commands), { signal, terminal });
    return { exit: 0, stdout: documentText(document), stderr };
  } catch (cause) {
    const error = asTomoeError(cause);
    return { exit: error.exitCode, stdout: failureText(error), stderr };
  }
}

/** The command as a process of its own, for what needs one: stdin and signals. */
async function apart(words: readonly string[], one: EvalCase): Promise<Outcome> {
  const { stdin, signal, afterSeconds = 0 } = one;
  const child = spawn(process.execPath, [join(repository, "scripts/tomoe.mjs"), ...words], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "",
    stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin === undefined ? "" : readFileSync(stdin));
  const timer = signal === undefined ? undefined : setTimeout(() => child.kill(signal), afterSeconds * 1000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  // Ended before it listened for signals, on a busy machine: the same once more, later.
  if (code === null && afterSeconds > 0 && afterSeconds < 60)
    return await apart(words, { ...one, afterSeconds: 2 * afterSeconds });
  return { exit: code ?? -1, stdout: stdout.trimEnd(), stderr };
}

/**
 * Runs one case and judges it.
 *
 * @param folder - where the cases lie.
 * @param scratch - an empty folder for a file that is made.
 * @returns what is not right; empty when all of it is.
 */
export async function judgeEvalCase(
  one: EvalCase,
  folder: string,
  scratch: string,
): Promise<readonly string[]> {
  const made = join(scratch, "made.jsonl");
  if (one.make !== undefined) makeFile(one.make, made);
  const file = one.make === undefined ? join(folder, one.file ?? "") : made;
  const filled = (text: string): string =>
    text.replace("{file}", file).replace("{dir}", folder.replace(/\/$/, ""));
  const words = [...one.args.map(filled), "--json"];
  const needsProcess = one.signal !== undefined || one.stdin !== undefined;
  const outcome = needsProcess
    ? await apart(words, { ...one, ...(one.stdin === undefined ? {} : { stdin: filled(one.stdin) }) })
    : await within(words);
  return wrongWith(one, outcome, file);
}

function wrongWith(one: EvalCase, { exit, stdout, stderr }: Outcome, file: string): readonly string[] {
  const wrong: string[] = [];
  const all = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
  if (!all(one.exit).includes(exit)) wrong.push(`exit ${exit}`);
  const unprintable = /(?![\n\t])\p{Cc}/u;
  if (unprintable.test(stdout) || unprintable.test(stderr)) wrong.push("prints a control character");
  if (stdout.split("\n").length !== 1) wrong.push("stdout is not one line");
  const document = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  const error = document.error as Readonly<Record<string, unknown>> | undefined;
  if (exit !== 0 && one.code !== null && !all(one.code).includes(String(error?.code)))
    wrong.push(`code ${String(error?.code)}`);
  const said = JSON.stringify(
    error === undefined ? document : [error.message, error.hint, error.details],
  ).replaceAll(file, "");
  wrong.push(...one.must.flatMap((wanted) => wrongPart(wanted, document, said)));
  wrong.push(...one.mustNot.filter((text) => new RegExp(text, "i").test(said)).map((text) => `says ${text}`));
  return wrong.length === 0 ? [] : [...wrong, stdout.slice(0, 600)];
}

const isNear = (found: unknown, wanted: unknown): boolean =>
  typeof found === "number" && typeof wanted === "number"
    ? Math.abs(found - wanted) <= 1e-9
    : found === wanted;

function wrongPart(
  wanted: Wanted,
  document: Readonly<Record<string, unknown>>,
  said: string,
): readonly string[] {
  if (typeof wanted === "string") return new RegExp(wanted, "i").test(said) ? [] : [`does not say ${wanted}`];
  if (typeof wanted.path === "string") {
    let found: unknown = document;
    for (const key of wanted.path.split(".")) found = (found as Record<string, unknown> | undefined)?.[key];
    return isNear(found, wanted.equals) ? [] : [`${wanted.path} is ${JSON.stringify(found)}`];
  }
  const { metric, compare, ...rest } = wanted;
  const entries = (document[metric === undefined ? "comparison" : "scorecard"] ?? []) as readonly Readonly<
    Record<string, unknown>
  >[];
  const entry = entries.find((each) => `${String(each.task)}/${String(each.metric)}` === (metric ?? compare));
  if (entry === undefined) return [`no entry ${String(metric ?? compare)}`];
  return Object.entries(rest)
    .filter(([key, value]) => !isNear(entry[key], value))
    .map(([key]) => `${String(metric ?? compare)}: ${key} is ${String(entry[key])}`);
}
