import { existsSync } from "node:fs";
import { defined } from "../defined.ts";
import { TomoeError } from "../errors.ts";
import type { Exported } from "../eval/index.ts";
import { jsonText, writeNew } from "../files/index.ts";
import { usage } from "./words/flags.ts";

/** The kinds of files that any result is written to; a file's ending names its kind. */
const kinds = ["json", "md", "tex", "html"] as const;

/** What a scorecard is handed on as besides: a log of Inspect, a folder for Every Eval Ever. */
const exportKinds = ["eval", "eee"] as const;
type Kind = (typeof kinds)[number] | (typeof exportKinds)[number];

/** A file that a result goes to. */
export interface Output {
  readonly path: string;
  readonly kind: Kind;
}

/**
 * The files of `--out`, looked at before anything is computed.
 *
 * @throws TomoeError `USAGE_INVALID` for an ending that no kind has, or one file twice; `OUTPUT_EXISTS`.
 */
export function checkOutputs(
  command: string,
  paths: readonly string[],
  { isExportable = false }: { readonly isExportable?: boolean } = {},
): readonly Output[] {
  const problems: string[] = [];
  const known: readonly Kind[] = isExportable ? [...kinds, ...exportKinds] : kinds;
  const outputs = paths.flatMap((path, at): readonly Output[] => {
    const kind = known.find((one) => path.toLowerCase().endsWith(`.${one}`));
    if (kind === undefined)
      problems.push(
        `--out ${JSON.stringify(path)} ends in none of ${known.map((one) => `.${one}`).join(", ")}`,
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

/** How each kind of file is made of a result. */
export interface Makers {
  readonly json: () => object;
  readonly md: () => string;
  readonly tex: () => string;
  readonly html: () => Promise<string>;
  /** What the exports are made of; a result without items has none. */
  readonly exported?: () => Promise<Exported>;
}

/** True where one of the files is an export, which needs the items. */
const isExported = (outputs: readonly Output[]): boolean =>
  outputs.some(({ kind }) => (exportKinds as readonly string[]).includes(kind));

/** True where one of the files shows the questions that were asked. */
export const showsQuestions = (outputs: readonly Output[]): boolean =>
  isExported(outputs) || outputs.some(({ kind }) => kind === "html");

/**
 * Writes a result to its files.
 *
 * @throws TomoeError as `writeNew`, `writeInspectLog` and `writeEveryEval`; the signal's reason.
 */
export async function writeOutputs(
  outputs: readonly Output[],
  made: Makers,
  signal?: AbortSignal,
): Promise<void> {
  for (const { path, kind } of outputs)
    if (kind !== "eval" && kind !== "eee")
      await writeNew(path, kind === "json" ? jsonText(made.json()) : await made[kind]());
  if (made.exported === undefined || !isExported(outputs)) return;
  const { writeEveryEval, writeInspectLog } = await import("../run/index.ts");
  const exported = await made.exported();
  for (const { path, kind } of outputs) {
    if (kind === "eval") await writeInspectLog(path, exported, { ...defined({ signal }) });
    if (kind === "eee") await writeEveryEval(path, exported, { ...defined({ signal }) });
  }
}
