// What a process of its own makes of a data set that has an index, or gets one.
import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("indexed-child.ts", import.meta.url));

export interface OpenedAlone {
  readonly fingerprint: string;
  readonly items: number;
  readonly notices: readonly string[];
}

/**
 * Opens a data set of one's own tables.
 *
 * @param before - words that the process is started under.
 * @param watch - is shown the process once it runs.
 */
export async function openedAlone(
  path: string,
  indexes: string,
  before: readonly string[] = [],
  watch: (child: ChildProcess) => void = () => undefined,
): Promise<OpenedAlone> {
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", script, path, indexes];
  const [command = "", ...words] = [...before, ...node];
  const running = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  watch(running);
  const [said, wrong] = await Promise.all([text(running.stdout), text(running.stderr)]);
  if (said === "") throw new Error(`nothing was said: ${wrong.slice(-2000)}`);
  return JSON.parse(said) as OpenedAlone;
}
