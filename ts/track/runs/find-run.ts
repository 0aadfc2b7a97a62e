import { readdirSync } from "node:fs";
import { TomoeError } from "../../errors.ts";
import { isMissing, readFailure } from "../../files/index.ts";
import { nearest } from "../../schema/nearest.ts";
import { creatingPrefix, isRunId } from "./layout.ts";

/**
 * Names in a runs folder that are runs: finished ids, and folders whose making was interrupted. No folder:
 * none.
 *
 * @throws TomoeError `IO_FAILED`, `PERMISSION`.
 */
export function runNames(runsDir: string): readonly string[] {
  try {
    return readdirSync(runsDir)
      .filter((name) => isRunId(name) || name.startsWith(creatingPrefix))
      .sort();
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw readFailure(cause, { action: "list the runs", path: runsDir });
  }
}

/**
 * The one run that `reference` means: a whole id, the beginning of one, or the four letters at its end.
 *
 * @throws TomoeError `RUN_NOT_FOUND` with the nearest ids when none or several fit.
 */
export function findRunId(runsDir: string, reference: string): string {
  return findAmong(runsDir, runNames(runsDir).filter(isRunId), reference);
}

/** As `findRunId`; a folder whose making was interrupted is found by its whole name. */
export function findRunName(runsDir: string, reference: string): string {
  const names = runNames(runsDir);
  return names.includes(reference) ? reference : findAmong(runsDir, names.filter(isRunId), reference);
}

function findAmong(runsDir: string, ids: readonly string[], reference: string): string {
  if (ids.includes(reference)) return reference;
  const fitting =
    reference === "" ? [] : ids.filter((id) => id.startsWith(reference) || id.endsWith(`-${reference}`));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (fitting.length > 1) {
    throw new TomoeError("RUN_NOT_FOUND", `"${reference}" fits ${fitting.length} runs in ${runsDir}`, {
      hint: `Say more of the id; it could be ${fitting.slice(-5).join(", ")}.`,
      details: { run: reference, runsDir, fitting: fitting.slice(-20) },
    });
  }
  throw notFound(runsDir, reference, ids);
}

/** `RUN_NOT_FOUND` for a reference that fits no run. */
export function notFound(runsDir: string, reference: string, ids: readonly string[]): TomoeError {
  const near = ids
    .filter((id) => nearest(reference, [id, id.slice(0, reference.length)]) !== undefined)
    .slice(-3);
  const hint =
    ids.length === 0
      ? `There are no runs in ${runsDir}; make one with "tomoe run RECIPE.ts", or name another folder with --runs.`
      : `${near.length === 0 ? "" : `Did you mean ${near.join(" or ")}? `}"tomoe runs ls" lists them all.`;
  return new TomoeError("RUN_NOT_FOUND", `no run "${reference}" in ${runsDir}`, {
    hint,
    details: { run: reference, runsDir, near },
  });
}
