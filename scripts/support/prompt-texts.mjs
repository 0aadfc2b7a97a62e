// The router's prompt texts: lists of lines in text files, made into one module so that the router needs no
// file at run time.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Lines of a list: a text a line; blank lines and "# comments" are left out. */
export const linesOf = (text) => text.split("\n").filter((line) => line !== "" && !/^# /.test(line));

/** The TypeScript module that holds every list below `folder`, by its path without ".txt". */
export function promptTextsModule(folder) {
  const lists = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".txt"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return [
    "// @generated from ts/router/prompt/texts/ by scripts/generate.mjs; do not edit.",
    "",
    "/** The lines of every list of prompt texts, by its path. */",
    "export const promptTexts = {",
    ...lists.flatMap((path) => [
      `  ${JSON.stringify(path.replace(/\.txt$/, ""))}: [`,
      ...linesOf(readFileSync(join(folder, path), "utf8")).map((line) => `    ${JSON.stringify(line)},`),
      "  ],",
    ]),
    "} satisfies Readonly<Record<string, readonly string[]>>;",
    "",
  ].join("\n");
}
