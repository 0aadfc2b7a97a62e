import { TomoeError } from "../../errors.ts";

/**
 * Commands of the public interface that a later version brings; named, so that nobody takes them for a typing
 * error.
 */
export const notYetCommands = ["plan", "studio"] as const;

/**
 * `USAGE_INVALID` for such a command; undefined for any other words.
 *
 * @param words - the command line without its flags.
 */
export function notYetError(words: readonly string[], version: string): TomoeError | undefined {
  const command = notYetCommands.find((candidate) => candidate === words[0]);
  if (command === undefined) return undefined;
  return new TomoeError("USAGE_INVALID", `tomoe ${command} is not available in version ${version}`, {
    hint: 'This version reads CT, trains and resumes runs, predicts and scores: see "tomoe --help". The changelog says when a command arrives.',
    details: { command, version },
  });
}
