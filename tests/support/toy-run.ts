/** A run of the toy recipe that nothing disturbed: what disturbed ones must come to as well. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliOptions, repository, tomoe } from "./cli.ts";
import { numbersOf, type RunNumbers } from "./run-numbers.ts";

export const toyRecipe = join(repository, "tests/fixtures/recipes/toy.ts");

/** What `tomoe run --json` prints of a run that came to its end. */
export interface RunDocument {
  readonly runId: string;
  readonly dir: string;
  readonly scorecard: readonly Readonly<Record<string, unknown>>[];
}

export function documentOf(stdout: string): RunDocument {
  return JSON.parse(stdout) as RunDocument;
}

export interface ToyRun {
  /** Where commands of the test work; `runs/` in it holds the run. */
  readonly folder: string;
  /** For commands in `folder`, whose workers `workerPids(folder)` finds. */
  readonly options: CliOptions;
  readonly document: RunDocument;
  readonly numbers: RunNumbers;
  remove(): void;
}

/** Runs the toy recipe in a new folder. */
export async function toyRun(name: string): Promise<ToyRun> {
  const folder = mkdtempSync(join(tmpdir(), `tomoe-${name}-`));
  const options = { cwd: folder, env: { TOMOE_E2E: folder } };
  const result = await tomoe(["run", toyRecipe, "--json"], options);
  if (result.code !== 0) throw new Error(`tomoe run ended with ${result.code}:\n${result.stderr}`);
  const document = documentOf(result.stdout);
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, options, document, numbers: await numbersOf(document.dir), remove };
}
