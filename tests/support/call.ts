// A command of `tomoe` in this process: the document it prints, or the error it ends with.
import { commands } from "../../ts/cli/commands/index.ts";
import { openTerminal } from "../../ts/cli/terminal.ts";
import { carryOut, understand } from "../../ts/cli/words/dispatch.ts";

export interface Printed {
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly stderr: string;
}

/** Calls `tomoe` with these words; throws what `main` would tell. */
export async function call(...words: readonly string[]): Promise<Printed> {
  let stderr = "";
  const terminal = openTerminal({ write: (text: string) => (stderr += text) }, {});
  const { signal } = new AbortController();
  const { document, text } = await carryOut(understand(words, commands), { signal, terminal });
  return { document: document as Printed["document"], text, stderr };
}
