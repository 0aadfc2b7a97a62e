import type { z } from "zod";
import { TomoeError } from "../../errors.ts";

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
 * Reads a JSON Lines file, a row a line; empty lines are none.
 *
 * @throws TomoeError `DATA_MANIFEST` naming file and line.
 */
export function parseRows<T>(schema: z.ZodType<T>, text: string, file: string): T[] {
  return text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [parseRow(schema, line, `${file}:${index + 1}`)]));
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
