import { z } from "zod";
import { TomoeError } from "../../../errors.ts";
import { isMissing, readJson } from "../../../files/index.ts";
import type { Flags } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";

const overridesSchema = z.record(z.string().regex(/^[^=\s]+$/), z.json());

function notOverrides(path: string, why: string): TomoeError {
  return new TomoeError("CONFIG_INVALID", `${path} holds no overrides: ${why}`, {
    hint: 'It is one JSON object of paths and values: { "stages.shared.learningRate": 0.002 }.',
    details: { path },
  });
}

/**
 * What changes the experiment, in the order it is applied: the values of `--set-file`, then each `--set`, then `--allow-leak`.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `CONFIG_INVALID` for a file that is no JSON object of paths and values.
 */
export async function overridesOf(flags: Flags): Promise<readonly string[]> {
  const reason = flags.text("allow-leak");
  const allowed = reason === undefined ? [] : [`data.allowLeak=${JSON.stringify(reason)}`];
  return [...(await filedOverrides(flags)), ...allowed];
}

async function filedOverrides(flags: Flags): Promise<readonly string[]> {
  const file = flags.text("set-file");
  if (file === undefined) return flags.all("set");
  try {
    const values = await readJson(file, overridesSchema, notOverrides);
    const set = Object.entries(values).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
    return [...set, ...flags.all("set")];
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new TomoeError("PATH_NOT_FOUND", `there is no file ${file}`, {
      hint: "Give the file of overrides with --set-file FILE.json.",
      details: { path: file },
    });
  }
}

/**
 * Names and values of `--tag`.
 *
 * @throws TomoeError `USAGE_INVALID` for one that is no NAME=VALUE, and for a name that stands twice.
 */
export function tagsOf(flags: Flags): Readonly<Record<string, string>> | undefined {
  const given = flags.all("tag");
  const parts = given.map((word) => /^([a-zA-Z][\w-]*)=(.+)$/.exec(word));
  const names = parts.map((part) => part?.[1]);
  const problems = given.flatMap((word, at) =>
    parts[at] === null
      ? [`--tag must be NAME=VALUE, found "${word}"`]
      : names.indexOf(names[at]) < at
        ? [`--tag ${names[at]} stands twice`]
        : [],
  );
  if (problems.length > 0) throw usage({ name: "run" }, problems);
  if (given.length === 0) return undefined;
  return Object.fromEntries(parts.map((part) => [part?.[1] ?? "", part?.[2] ?? ""]));
}
