/** A run of the recipe on a tiny base in a published layout, once for the files that ask what can be done with it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython } from "../../ts/worker/index.ts";
import { atEnd } from "./at-end.ts";
import { type CliOptions, repository, tomoe } from "./cli.ts";
import { documentOf, type RunDocument } from "./toy-run.ts";

export const publishedRecipe = join(repository, "tests/fixtures/recipes/published.ts");

/** Writes the files of a tiny base of a published family into a folder. */
export function writeBase(name: string, folder: string): void {
  const { python } = findPython(repository);
  const run = spawnSync(python, [join(repository, "tests/support/long_base.py"), name, folder], {
    env: { ...process.env, PYTHONPATH: join(repository, "py-runtime"), OMP_NUM_THREADS: "1" },
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stderr);
}

export interface PublishedRun {
  /** Where commands of the test work: `base/` in it holds the base, `runs/` the run. */
  readonly folder: string;
  readonly options: CliOptions;
  readonly document: RunDocument;
}

const folders: string[] = [];
atEnd(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let made: Promise<PublishedRun> | undefined;

export function publishedRun(): Promise<PublishedRun> {
  made ??= make();
  return made;
}

async function make(): Promise<PublishedRun> {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-published-"));
  folders.push(folder);
  const options = { cwd: folder, env: { TOMOE_E2E: folder } };
  writeBase("internvl", join(folder, "base"));
  const { code, stdout, stderr } = await tomoe(["run", publishedRecipe, "--json"], options);
  if (code !== 0) throw new Error(`tomoe run ended with ${code}:\n${stderr}`);
  return { folder, options, document: documentOf(stdout) };
}
