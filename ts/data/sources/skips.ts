import { createHash } from "node:crypto";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { isMissing, readText } from "../../files/index.ts";
import type { SourceProblem } from "./source.ts";

/** A row or a case that is left out, and why. */
export interface Skipped {
  readonly case: string | null;
  readonly item: string | null;
  readonly table: string | null;
  readonly row: number | null;
  readonly code: string;
  readonly message: string;
}

/** The problems that `tomoe data verify` wrote, as a list of what is left out. */
export interface SkipList {
  readonly path: string;
  /** SHA-256 of the file. */
  readonly digest: string;
  /** Why a case is left out whose scan is not read. */
  ofCase(id: string): Skipped | undefined;
  /** Why a row is left out that has this problem. */
  ofProblem(problem: SourceProblem): Skipped | undefined;
}

const keyOf = (parts: readonly (string | number | null | undefined)[]): string =>
  parts.map((part) => part ?? "").join("\0");

/**
 * Reads a file of problems. Rows of notes and of leaks leave nothing out.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `DATA_MANIFEST` for a line that is no problem, with its number.
 */
export async function readSkips(path: string): Promise<SkipList> {
  const text = await textOf(path);
  const cases = new Map<string, Skipped>(),
    rows = new Map<string, Skipped>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const { skips, ...skipped } = problemOf(line, `${path}:${index + 1}`);
    if (skips === "case" && skipped.case !== null) cases.set(skipped.case, skipped);
    if (skips === "row") rows.set(rowKey(skipped), skipped);
  }
  return {
    path,
    digest: createHash("sha256").update(text).digest("hex"),
    ofCase: (id) => cases.get(id),
    ofProblem: ({ code, case: of, item, place }) =>
      rows.get(
        rowKey({
          code,
          case: of ?? null,
          item: item ?? null,
          table: place?.table ?? null,
          row: place?.row ?? null,
        }),
      ) ?? (of === undefined || code !== "PATH_NOT_FOUND" ? undefined : cases.get(of)),
  };
}

/** A row is known by its case or item, which stay when rows are added before it; one of neither by its place. */
function rowKey({ code, case: of, item, table, row }: Omit<Skipped, "message">): string {
  return of === null && item === null ? keyOf([code, table, row]) : keyOf([code, "of", of, item]);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    if (isTomoeError(cause) && !isMissing(cause) && cause.code !== "PATH_NOT_FOUND") throw cause;
    throw new TomoeError("PATH_NOT_FOUND", `there is no file of problems ${path}`, {
      hint: "Write it with tomoe data verify, or leave data.problems out.",
      details: { path },
      cause,
    });
  }
}

function problemOf(line: string, where: string): Skipped & { readonly skips: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const {
    code,
    message,
    skips,
    case: of,
    item,
    table,
    row,
  } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): one is string | null => one === null || typeof one === "string";
  const fits =
    typeof code === "string" && typeof message === "string" && isText(of) && isText(item) && isText(table);
  if (fits && (row === null || typeof row === "number") && skips !== undefined)
    return { code, message, skips, case: of, item, table, row };
  throw new TomoeError("DATA_MANIFEST", `${where} is no problem as tomoe data verify writes it`, {
    hint: "Give the problems.jsonl of a verification, whole.",
    details: { where },
  });
}
