import { resolve } from "node:path";
import { type Dependent, dependentsOf } from "../../../run/history/index.ts";
import {
  type Discarded,
  discardRun,
  emptyTrash,
  findRunName,
  listTrash,
  restoreRun,
} from "../../../track/index.ts";
import { bytesText } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { existingRunsDir } from "../../words/run-flags.ts";

const total = (runs: readonly Discarded[]): number => runs.reduce((sum, { bytes }) => sum + bytes, 0);

function dependents({ flags }: Pick<Call, "flags">, runIds: readonly string[]): readonly Dependent[] {
  const evalsDir = resolve(flags.text("evals") ?? "evals");
  return dependentsOf(runIds, { runsDir: existingRunsDir(flags), evalsDir });
}

const kinds: Readonly<Record<Dependent["kind"], string>> = { run: "run", eval: "evaluation" };

const told = (found: readonly Dependent[]): readonly string[] =>
  found.map(({ runId, kind, id }) => `${kinds[kind]} ${id} depends on ${runId}`);

/** `tomoe runs rm`: into the trash, where they can be restored from. */
export async function runsRm(call: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(call.flags);
  // All names are understood before the first run is moved.
  const runIds = [...new Set(call.arguments.map((reference) => findRunName(runsDir, reference)))];
  const found = dependents(call, runIds);
  const removed: Discarded[] = [];
  for (const runId of runIds) removed.push(await discardRun(runsDir, runId));
  const lines = removed.map(({ runId, bytes }) => `${runId} is in the trash (${bytesText(bytes)})`);
  const text = [...lines, ...told(found), 'bring one back with "tomoe runs restore RUN"'].join("\n");
  return {
    document: { ok: true, removed, dependents: found, bytes: total(removed) } as Outcome["document"],
    text,
  };
}

/** `tomoe runs restore`: out of the trash again. */
export async function runsRestore({ flags, arguments: references }: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const restored: Discarded[] = [];
  for (const reference of references) restored.push(await restoreRun(runsDir, reference));
  return {
    document: { ok: true, restored, bytes: total(restored) } as Outcome["document"],
    text: restored.map(({ runId, dir }) => `${runId} is back: ${dir}`).join("\n"),
  };
}

/** `tomoe runs gc`: what is in the trash is deleted, or what that would free is told. */
export async function runsGc(call: Call): Promise<Outcome> {
  const { flags } = call;
  const dryRun = flags.has("dry-run");
  if (dryRun === flags.has("yes"))
    throw usage({ name: "runs gc" }, [
      dryRun ? "--dry-run and --yes exclude each other" : "say --dry-run to look, or --yes to delete",
    ]);
  const runsDir = existingRunsDir(flags);
  const found = listTrash(runsDir);
  const depending = dependents(
    call,
    found.map(({ runId }) => runId),
  );
  if (!dryRun) await emptyTrash(runsDir);
  const bytes = total(found);
  const verb = dryRun ? "would be deleted" : "deleted";
  const lines = found.map((run) => `${run.runId} ${verb} (${bytesText(run.bytes)})`);
  return {
    document: {
      ok: true,
      dryRun,
      runs: found.map((run) => ({ runId: run.runId, bytes: run.bytes })),
      dependents: depending,
      bytes,
    } as Outcome["document"],
    text: [
      ...lines,
      ...told(depending),
      found.length === 0 ? "the trash is empty" : `${bytes} bytes ${dryRun ? "would be freed" : "freed"}`,
    ].join("\n"),
  };
}
