import { isTomoeError, TomoeError } from "../../../../errors.ts";
import { errnoOf, filesBelow, printable } from "../../../../files/index.ts";

const numbered = /\bfile (\d+) of \d+ \(in name order\)/;

/** How messages name a file inside a folder: names often hold ids, so files are counted instead. */
export function fileWhere(number: number, of: number, folder: string): string {
  return `file ${number} of ${of} (in name order) of ${printable(folder)}`;
}

/**
 * The same failure without the name of a file inside a folder: neither message, details nor cause hold it.
 *
 * @param where - the file's number, as `fileWhere` gives it.
 */
export function withoutName(error: unknown, where: string): unknown {
  if (!isTomoeError(error) || error.details.path === undefined) return error;
  const errno = errnoOf(error);
  const why =
    errno !== undefined
      ? `cannot be read (${errno})`
      : error.code === "DATA_TRUNCATED"
        ? "changed while it was read"
        : "is too large or no regular file";
  // What was listed a moment ago and is gone is a failing disk, not a path the user mistyped.
  const code = error.code === "PATH_NOT_FOUND" ? "IO_FAILED" : error.code;
  return new TomoeError(code, `${where} ${why}`, {
    hint:
      errno === undefined
        ? error.hint
        : "Check the disk and the network file system, or copy the file again.",
    details: errno === undefined ? {} : { errno },
  });
}

/** Adds to the hint of an error that names a file by number the command that shows its name to the user. */
export async function withShowCommand(error: unknown, folder: string): Promise<unknown> {
  if (!isTomoeError(error)) return error;
  const number = numbered.exec(error.what)?.[1];
  if (number === undefined) return error;
  const names = await filesBelow(folder).catch(() => []);
  const command = showCommand(
    folder,
    number,
    names.some(({ path }) => path.includes("\n")),
  );
  return new TomoeError(error.code, error.what, {
    hint: `${error.hint} \`${command}\` shows the file's name.`,
    details: error.details,
    cause: error.cause,
  });
}

function showCommand(folder: string, number: string, anyNewline: boolean): string {
  const quoted = /^[\w./+@:-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
  const find = `find ${folder.startsWith("-") ? "./" : ""}${quoted} \\( -type f -o -type l \\)`;
  return anyNewline
    ? `${find} -print0 | LC_ALL=C sort -z | sed -zn ${number}p`
    : `${find} | LC_ALL=C sort | sed -n ${number}p`;
}
