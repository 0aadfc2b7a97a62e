// A script of a user's, whose workers compute nothing: the command line and Node take it as any other.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "./source-tree.ts";

/** Writes a script that has the toy experiment as `experiment`, and fresh workers for each run as `workers()`. */
export function writeToyScript(folder: string, name: string, body: string): string {
  const path = join(folder, name);
  const from = (module: string): string => JSON.stringify(join(repoRoot, module));
  writeFileSync(
    path,
    [
      'import { compare, listRuns, readRun, run, score } from "tomoe";',
      `import { experiment } from ${from("tests/fixtures/recipes/toy.ts")};`,
      `import { ScriptedWorkers, workerDied } from ${from("tests/support/scripted-pool.ts")};`,
      "const set = ['data.volumes={\"train\":2,\"validation\":1,\"test\":2}', 'data.slices=4', 'model.base.pretrain=[]',",
      "  'stages.shared.steps=3', 'stages.specific.steps=1'];",
      "const workers = (script = {}) => new ScriptedWorkers(script);",
      body,
    ].join("\n"),
  );
  return path;
}
