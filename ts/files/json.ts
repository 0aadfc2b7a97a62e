import { readFile } from "node:fs/promises";
import type { TomoeError } from "../errors.ts";
import { readFailure } from "./codes.ts";

/** What is asked of a value: a zod schema is one as it stands. */
export interface JsonSchema<T> {
  readonly safeParse: (value: unknown) => JsonVerdict<T>;
}

export type JsonVerdict<T> =
  | { readonly success: true; readonly data: T }
  | {
      readonly success: false;
      readonly error: {
        readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
      };
    };

/** Makes the error for a file that is there but is not what it should be, e.g. `RECORD_INVALID`. */
export type Invalid = (where: string, what: string) => TomoeError;

/**
 * Reads a JSON file and checks it.
 *
 * @param invalid - called for what is not JSON or does not fit `schema`, with the field and what is wrong with it.
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED` when it cannot be read; what `invalid` gives.
 */
export async function readJson<T>(path: string, schema: JsonSchema<T>, invalid: Invalid): Promise<T> {
  return parseJson(await readText(path), path, schema, invalid);
}

/** As `readJson`, of a text that was read already; `where` names its place: a path, or a file and line. */
export function parseJson<T>(text: string, where: string, schema: JsonSchema<T>, invalid: Invalid): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(where, `it is not JSON (${text.length} characters)`);
  }
  return checkJson(value, where, schema, invalid);
}

/** As `parseJson`, of a value; the first thing that does not fit is named by its path: "stages.0.name: ...". */
export function checkJson<T>(value: unknown, where: string, schema: JsonSchema<T>, invalid: Invalid): T {
  const verdict = schema.safeParse(value);
  if (verdict.success) return verdict.data;
  const [issue] = verdict.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  throw invalid(where, `${field === "" ? "" : `${field}: `}${issue?.message ?? "it does not fit"}`);
}

/** Indented JSON with a final newline, for files that people read. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * A whole text file, as UTF-8.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; the signal's AbortError as it comes.
 */
export async function readText(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: "utf8", ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    throw readFailure(cause, { action: "read the file", path });
  }
}
