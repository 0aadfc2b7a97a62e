import { existsSync } from "node:fs";
import { TomoeError } from "../errors.ts";
import { jsonText, writeNew } from "../files/index.ts";
import { usage } from "./words/flags.ts";

/** The kinds of files that a result is written to; a file's ending names its kind. */
const kinds = ["json", "md", "tex"] as const;
type Kind = (typeof kinds)[number];

/** A file that a result goes to. */
interface Output {
  readonly path: string;
  readonly kind: Kind;
}

/**
 * The files of `--out`, looked at before anything is computed.
 *
 * @throws TomoeError `USAGE_INVALID` for an ending that no kind has, or one file twice; `OUTPUT_EXISTS`.
 */
export function checkOutputs(command: string, paths: readonly string[]): readonly Output[] {
  const problems: string[] = [];
  const outputs = paths.flatMap((path, at): readonly Output[] => {
    const kind = kinds.find((one) => path.toLowerCase().endsWith(`.${one}`));
    if (kind === undefined)
      problems.push(
        `--out ${JSON.stringify(path)} ends in none of ${kinds.map((one) => `.${one}`).join(", ")}`,
      );
    if (paths.indexOf(path) < at) problems.push(`--out ${JSON.stringify(path)} stands twice`);
    return kind === undefined ? [] : [{ path, kind }];
  });
  if (problems.length > 0) throw usage({ name: command }, problems);
  const there = outputs.find(({ path }) => existsSync(path));
  if (there !== undefined)
    throw new TomoeError("OUTPUT_EXISTS", `${there.path} is there already`, {
      hint: "Name a new file, or move that one away: results are not overwritten.",
      details: { path: there.path },
    });
  return outputs;
}

/**
 * Writes a result to its files.
 *
 * @param made - how each kind is made.
 * @throws TomoeError as `writeNew`.
 */
export async function writeOutputs(
  outputs: readonly Output[],
  made: { readonly json: () => object; readonly md: () => string; readonly tex: () => string },
): Promise<void> {
  for (const { path, kind } of outputs)
    await writeNew(path, kind === "json" ? jsonText(made.json()) : made[kind]());
}
