import { TomoeError } from "../errors.ts";
import { commands } from "./commands/index.ts";
import { afterInterrupt, listenForInterrupts } from "./interrupt.ts";
import { asTomoeError, documentText, failureText, tellFailure, writeAll } from "./screen/output.ts";
import { openTerminal } from "./terminal.ts";
import { carryOut, understand } from "./words/dispatch.ts";

/**
 * The `tomoe` program: reads the words, does what they ask, prints one result on stdout and ends the process
 * with the exit code of its failure, or 0.
 *
 * @param words - the command line without node and script.
 */
export async function main(words: readonly string[]): Promise<never> {
  // Looked for before anything is parsed, so that also an unknown command or flag is answered in JSON.
  const isJson = words.some((word) => word === "--json" || word.startsWith("--json="));
  const isDebug = process.env.TOMOE_DEBUG === "1";
  const terminal = openTerminal(process.stderr, process.env);
  keepStdoutClean();
  let isTold = false;
  const tell = (error: TomoeError): void => {
    isTold = true;
    terminal.keep();
    tellFailure(terminal, error, isDebug);
    if (isJson) writeAll(1, `${failureText(error)}\n`);
    process.exitCode = error.exitCode;
  };
  const fail = (thrown: unknown): never => {
    tell(asTomoeError(thrown));
    process.exit();
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  // The event loop ran dry while the command still waited, as for a promise in a recipe that nobody settles.
  process.on("exit", () => {
    if (!isTold)
      tell(
        new TomoeError(
          "INTERNAL",
          "the command ended without a result: it waits for something that can never come",
          {
            hint: "Look for a promise in the recipe that nothing settles; otherwise this is a bug of Tomoe.",
          },
        ),
      );
  });
  const interrupts = listenForInterrupts(terminal, fail);
  try {
    const { document, text } = await carryOut(understand(words, commands), {
      signal: interrupts.signal,
      terminal,
    });
    const printed = isJson ? documentText(document) : text;
    terminal.keep();
    writeAll(1, printed === "" ? "" : `${printed}\n`);
  } catch (thrown) {
    const first = interrupts.first();
    return fail(first === undefined ? thrown : afterInterrupt(first, thrown));
  }
  isTold = true;
  // Whatever a command left open (a socket, a recipe that waits) must not keep a finished program alive.
  process.exit(0);
}

/** stdout belongs to the result alone: what recipes and libraries print there goes to stderr. */
function keepStdoutClean(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  // "2>&1 | head" closes it under us: there is nobody left to tell.
  process.stderr.on("error", () => undefined);
}
