import { isTomoeError, TomoeError } from "../../../../errors.ts";
import { filesBelow, isLink, printable } from "../../../../files/index.ts";

const numbered = /\bfile (\d+) of \d+ \(in name order\)/g;
/** A command shows this many names at most. */
const shownNames = 4;

/** How messages name a file inside a folder: names often hold ids, so files are counted instead. */
export function fileWhere(number: number, of: number, folder: string): string {
  return `file ${number} of ${of} (in name order) of ${printable(folder)}`;
}

/** Adds to the hint of an error that names files by number the command that shows their names to the user. */
export async function withShowCommand(error: unknown, folder: string): Promise<unknown> {
  if (!isTomoeError(error)) return error;
  const numbers = [...new Set([...error.what.matchAll(numbered)].map(([, number]) => Number(number)))];
  const shown = numbers.sort((a, b) => a - b).slice(0, shownNames);
  if (shown.length === 0) return error;
  const names = await filesBelow(folder).catch(() => []);
  const command = showCommand(
    // `find` does not look into a folder that is a link unless a slash follows.
    (await isLink(folder)) && !folder.endsWith("/") ? `${folder}/` : folder,
    shown,
    names.some(({ path }) => path.includes("\n")),
  );
  return new TomoeError(error.code, error.what, {
    hint: `${error.hint} \`${command}\` shows ${shown.length === 1 ? "the file's name" : "the files' names"}.`,
    details: error.details,
    cause: error.cause,
  });
}

function showCommand(folder: string, numbers: readonly number[], anyNewline: boolean): string {
  const quoted = /^[\w./+@:-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
  const find = `find ${folder.startsWith("-") ? "./" : ""}${quoted} \\( -type f -o -type l \\)`;
  const lines =
    numbers.length === 1 ? `${numbers[0]}p` : `'${numbers.map((number) => `${number}p`).join(";")}'`;
  return anyNewline
    ? `${find} -print0 | LC_ALL=C sort -z | sed -zn ${lines}`
    : `${find} | LC_ALL=C sort | sed -n ${lines}`;
}
