#!/usr/bin/env node
// The `tomoe` program. Plain JavaScript for Node 20: on Node 24 or newer it runs the command in this process,
// on an older one it starts
// itself again on the Node 24 that the lockfile brings. The command itself lies in ts/cli (a clone) or
// dist/cli (an installed package).
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const script = fileURLToPath(import.meta.url);
const packageRoot = dirname(dirname(script));

/** Prints a failure as every command does, and ends the process. */
function fail(code, exitCode, what, hint) {
  const message = `[${code}] ${what}`;
  console.error(`error: ${message}\n  ${hint}`);
  if (process.argv.some((word) => word === "--json" || word.startsWith("--json=")))
    console.log(
      JSON.stringify({ ok: false, error: { code, message, hint, details: { node: process.versions.node } } }),
    );
  process.exit(exitCode);
}

/**
 * Runs this script again on Node 24, with this process's streams, arguments and environment; signals and the
 * exit code pass through.
 */
async function runOnBundledNode() {
  const name = `node-${process.platform}-${process.arch}`;
  let node;
  try {
    // Resolved as Node would, so that a package hoisted into a folder above is found too.
    node = join(dirname(nodeModule.createRequire(script).resolve(`${name}/package.json`)), "bin", "node");
  } catch {
    node = undefined;
  }
  if (node === undefined || !existsSync(node)) {
    fail(
      "ENVIRONMENT",
      78,
      `this is Node ${process.versions.node}, Tomoe needs 24 or newer, and the package ${name} that brings it is not installed`,
      packageRoot.split(sep).includes("node_modules")
        ? `Install Node 24, or run: npm install --include=optional ${name}@24`
        : "Install Node 24, or run in the clone: npm ci --ignore-scripts --include=optional",
    );
  }
  const { spawn } = await import("node:child_process");
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both of us; the command takes the same signal twice within a moment as one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) =>
    fail(
      "ENVIRONMENT",
      78,
      `cannot start ${node}: ${error.message}`,
      "Run: npm ci --ignore-scripts --include=optional",
    ),
  );
  child.on("close", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const caught of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(caught);
    process.kill(process.pid, signal);
  });
}

if (Number(process.versions.node.split(".")[0]) < 24) {
  await runOnBundledNode();
} else {
  // Node does not strip types below node_modules, so there it is always the built command.
  const source = join(packageRoot, "ts", "cli", "main.ts");
  const built = join(packageRoot, "dist", "cli", "main.js");
  const entry = !packageRoot.split(sep).includes("node_modules") && existsSync(source) ? source : built;
  if (!existsSync(entry))
    fail(
      "ENVIRONMENT",
      78,
      `there is no ${entry}`,
      "The package is not whole: install it again, or run in a clone: npm run build",
    );
  // Stripping the types and compiling takes longer than most commands: keep the result, where only this user
  // may write.
  const cache =
    entry === source
      ? join(packageRoot, ".cache")
      : join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tomoe");
  nodeModule.enableCompileCache(join(cache, "compiled"));
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv.slice(2));
}
