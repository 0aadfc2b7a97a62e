#!/usr/bin/env node
// Builds the package: JavaScript and declarations in dist/, and the Python worker as a wheel in dist/python/.
// Then: npm pack
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setUp } from "./setup.mjs";
import { passSignals } from "./support/child.mjs";
import { asFailure, ScriptFailure } from "./support/failure.mjs";
import { packageRoot } from "./support/places.mjs";
import { runTask } from "./support/task.mjs";

const dist = join(packageRoot, "dist"),
  draft = join(packageRoot, ".cache/dist");

async function must(name, command, args) {
  const result = await runTask({ name, command, args });
  if (result.status !== 0)
    throw new ScriptFailure(
      "INTERNAL",
      `${name} ended with ${result.status ?? "a signal"}:\n${result.output}`,
      "Mend what it names; npm run check shows the same.",
    );
  console.error(`built with ${name} (${result.seconds.toFixed(1)} s)`);
}

/**
 * Copies what the compiler does not emit: data files that modules read beside themselves. Prompt texts (.txt)
 * are in a generated module.
 */
function copyAssets() {
  const source = join(packageRoot, "ts");
  const assets = readdirSync(source, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md|txt)$|^\./.test(entry.name))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)));
  for (const file of assets) {
    mkdirSync(dirname(join(draft, file)), { recursive: true });
    cpSync(join(source, file), join(draft, file));
  }
  console.error(`copied ${assets.length} data files`);
}

passSignals();
try {
  const { python } = await setUp({ dev: true });
  rmSync(draft, { recursive: true, force: true });
  await must("tsc", join(packageRoot, "node_modules/.bin/tsc"), [
    "-p",
    "scripts/tsconfig.build.json",
    "--outDir",
    draft,
  ]);
  copyAssets();
  await must("pip wheel", python, [
    "-m",
    "pip",
    "wheel",
    "--quiet",
    "--no-deps",
    "--no-build-isolation",
    "--wheel-dir",
    join(draft, "python"),
    ".",
  ]);
  rmSync(dist, { recursive: true, force: true });
  renameSync(draft, dist);
  const wheel = readdirSync(join(dist, "python")).find((name) => name.endsWith(".whl"));
  console.error(`dist/ is ready; wheel: dist/python/${basename(wheel ?? "")}; next: npm pack`);
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.message}\n  ${failure.hint}`);
  process.exitCode = failure.exitCode;
} finally {
  rmSync(draft, { recursive: true, force: true });
  // setuptools leaves its own working folders in the tree.
  for (const left of ["build", "py-runtime/tomoe_worker.egg-info"])
    if (existsSync(join(packageRoot, left))) rmSync(join(packageRoot, left), { recursive: true });
}
