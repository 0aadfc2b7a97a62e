import type { z } from "zod";
import { TomoeError } from "../../errors.ts";
import { readPieces } from "../../files/index.ts";

/**
 * Reads one JSON value and checks it against its schema.
 *
 * @param where - file, and line if it has several, for messages.
 * @throws TomoeError `DATA_MANIFEST` naming where and every problem.
 */
export function parseRow<T>(schema: z.ZodType<T>, text: string, where: string): T {
  return checked(schema, parseJson(text, where), where);
}

/**
 * Rows of a JSON Lines file, one a line, read as they are asked for; empty lines are none.
 *
 * @param file - how messages call it.
 * @param see - is shown every line with its end, as text.
 * @throws TomoeError `DATA_MANIFEST` naming file and line; `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function* parsedLines<T>(
  schema: z.ZodType<T>,
  {
    path,
    file,
    signal,
  }: { readonly path: string; readonly file: string; readonly signal?: AbortSignal | undefined },
  see: (text: string) => void = () => undefined,
): AsyncGenerator<T, void, undefined> {
  let number = 0;
  for await (const text of linesOf(path, signal)) {
    see(text);
    number++;
    if (text.trim() !== "") yield parseRow(schema, text, `${file}:${number}`);
  }
}

const newline = 0x0a;

/** Lines of a file with their ends. A byte that ends a line is part of no letter, so that each is decoded by itself. */
async function* linesOf(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  let open: Buffer[] = [];
  for await (const piece of readPieces(path, () => undefined, signal)) {
    let from = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, from)) {
      yield Buffer.concat([...open, piece.subarray(from, end + 1)]).toString("utf8");
      open = [];
      from = end + 1;
    }
    // What was read is overwritten.
    if (from < piece.length) open.push(Buffer.from(piece.subarray(from)));
  }
  if (open.length > 0) yield Buffer.concat(open).toString("utf8");
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TomoeError("DATA_MANIFEST", `${where} is not JSON`, {
      hint: "Write one JSON object a line.",
      details: { where },
      cause,
    });
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "row"}: ${issue.message}`);
  throw new TomoeError("DATA_MANIFEST", `${where}: ${problems.join("; ")}`, {
    hint: "See ts/schema/sample.ts for the row's keys.",
    details: { where, problems },
  });
}
