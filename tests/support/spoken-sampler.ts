// Processes that speak as the sampler of sweeps does, or as none should: what they answer is Python of the test's own.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "./source-tree.ts";

const python = join(repoRoot, ".venv", "bin", "python");

/** The answer to the first question, in Python. */
export const helloAnswer = '{"ok": True, "by": "optuna 5.0.0"}';

/** A package in a folder of its own whose process answers each `message` with what `answer` is in Python. */
export function spokenSampler(
  folder: string,
  answer: string,
): { readonly python: string; readonly runtimePath: string } {
  mkdirSync(join(folder, "tomoe_sampler"), { recursive: true });
  writeFileSync(
    join(folder, "tomoe_sampler", "__main__.py"),
    `import json, os, sys
count = 0
while len(head := sys.stdin.buffer.read(4)) == 4:
    message = json.loads(sys.stdin.buffer.read(int.from_bytes(head, "little")))
    count += 1
    body = json.dumps(${answer}).encode()
    sys.stdout.buffer.write(len(body).to_bytes(4, "little") + body)
    sys.stdout.buffer.flush()
`,
  );
  return { python, runtimePath: folder };
}

/** The same as an interpreter of the user's own, for TOMOE_SAMPLER_PYTHON: whatever it is told to run, it runs this. */
export function ownSampler(folder: string, answer: string): string {
  const { runtimePath } = spokenSampler(folder, answer);
  const program = join(folder, "python");
  const package_ = join(runtimePath, "tomoe_sampler", "__main__.py");
  writeFileSync(program, `#!/bin/sh\nexec '${python}' -u '${package_}'\n`, { mode: 0o700 });
  return program;
}
