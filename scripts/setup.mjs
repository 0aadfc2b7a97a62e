#!/usr/bin/env node
// Installs what is missing and nothing else: node_modules from package-lock.json (in a clone), the Python
// environment from py-runtime/requirements.lock.
// Usage: node scripts/setup.mjs [--dev] [--check] [--sampler] [--json]. With --sampler the environment of the sampler of
// sweeps alone. Plain JavaScript for Node 20 with built-in
// modules only.
import { accessSync, appendFileSync, constants, existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkStop, passSignals, runLogged } from "./support/child.mjs";
import { asFailure, childFailure, ScriptFailure } from "./support/failure.mjs";
import { nodeModulesProblem } from "./support/node-modules.mjs";
import {
  cacheFolder,
  isInstalledPackage,
  modernNode,
  packageRoot,
  samplerFolder,
  venvFolder,
  venvPython,
} from "./support/places.mjs";
import { pythonProblems, readyPython } from "./support/python-env.mjs";
import { readySampler, samplerProblems, samplerPython } from "./support/sampler-env.mjs";
import { withLock } from "./support/setup-lock.mjs";

function problems({ dev, sampler }) {
  if (sampler) return samplerProblems().map((name) => `${samplerFolder()}: ${name}`);
  const node = isInstalledPackage ? undefined : nodeModulesProblem(packageRoot);
  return [
    ...(node === undefined ? [] : [node]),
    ...pythonProblems(dev).map((name) => `${venvFolder()}: ${name}`),
  ];
}

async function readyNodeModules({ step, logFile, onGroup }) {
  const problem = nodeModulesProblem(packageRoot);
  if (problem === undefined) return;
  step(`npm ci (${problem}; about 500 MB)`);
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith("npm-cli.js") ? [process.execPath, npm] : ["npm"];
  // A quiet outer npm (npm test --silent) must not hide why the inner one failed.
  const { npm_config_loglevel: _dropped, ...env } = process.env;
  const outcome = await runLogged(
    command,
    [...before, "ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-fund", "--no-audit"],
    { cwd: packageRoot, env, logFile, onGroup, label: "npm ci", show: (line) => /^added /.test(line) },
  );
  if (outcome.error?.code === "ENOENT")
    throw new ScriptFailure(
      "ENVIRONMENT",
      "npm is not on the PATH",
      "Install Node 20 or newer together with its npm.",
    );
  if (outcome.status !== 0) throw childFailure("npm ci", outcome, logFile);
}

/**
 * Makes a folder and those above it; says EROFS or EACCES where Node's own recursive mkdir says ENOENT on a
 * read-only disk.
 */
function makeFolder(path) {
  let above = path;
  while (!existsSync(above)) above = dirname(above);
  accessSync(above, constants.W_OK);
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function checkNode() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20)
    throw new ScriptFailure(
      "ENVIRONMENT",
      `this is Node ${process.versions.node}, Tomoe needs 20 or newer`,
      "Install Node 20 or newer and run the command again.",
    );
}

/**
 * Makes everything ready that is not, one process at a time; returns at once when nothing is missing.
 * @returns {Promise<{python: string, node: string, installed: string[], seconds: number}>}
 * Throws ScriptFailure ENVIRONMENT (Python, disk, network), PERMISSION, CANCELLED or TERMINATED.
 */
export async function setUp({ dev = false, sampler = false, say = (line) => console.error(line) } = {}) {
  const started = Date.now(),
    installed = [];
  checkNode();
  if (problems({ dev, sampler }).length > 0) {
    makeFolder(cacheFolder());
    const logFile = join(cacheFolder(), "setup.log");
    const step = (line) => {
      installed.push(line);
      appendFileSync(logFile, `# ${new Date().toISOString()} ${line}\n`);
      say(`setup: ${line}`);
    };
    await withLock(
      join(cacheFolder(), "setup.lock"),
      { say: (line) => say(`setup: ${line}`), checkStop },
      async (onGroup) => {
        const context = { step, logFile, onGroup };
        if (sampler) {
          await readySampler(context);
          return;
        }
        if (!isInstalledPackage) await readyNodeModules(context);
        await readyPython(dev, context);
      },
    );
    say(`setup: ready in ${Math.round((Date.now() - started) / 1000)} s`);
  }
  const node = modernNode();
  if (node === undefined) {
    throw new ScriptFailure(
      "ENVIRONMENT",
      `no Node 24 for ${process.platform} ${process.arch}: the lockfile brings one for Linux x64 and arm64 only`,
      "Install Node 24 or newer and run the command with it.",
    );
  }
  return {
    python: sampler ? samplerPython() : venvPython(),
    node,
    installed,
    seconds: (Date.now() - started) / 1000,
  };
}

async function main(args) {
  const unknown = args.find((arg) => !["--dev", "--check", "--sampler", "--json"].includes(arg));
  if (unknown !== undefined)
    throw new ScriptFailure(
      "USAGE_INVALID",
      `setup does not know ${unknown}`,
      "It takes --dev (the tools of the tests too), --sampler (the sampler of sweeps alone), --check (only look) and --json.",
    );
  const dev = args.includes("--dev"),
    sampler = args.includes("--sampler");
  if (args.includes("--check")) {
    const missing = problems({ dev, sampler });
    if (missing.length > 0)
      throw new ScriptFailure(
        "ENVIRONMENT",
        `not set up: ${missing.join("; ")}`,
        isInstalledPackage
          ? "Run: npx tomoe setup"
          : `Run: npm run setup${dev ? " -- --dev" : sampler ? " -- --sampler" : ""}`,
        { missing },
      );
  }
  const ready = await setUp({ dev, sampler });
  if (args.includes("--json")) console.log(JSON.stringify({ ok: true, ...ready }));
  else if (ready.installed.length === 0) console.error(`setup: nothing to do (Python ${ready.python})`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  passSignals();
  const args = process.argv.slice(2);
  try {
    await main(args);
  } catch (error) {
    const failure = asFailure(error);
    if (args.includes("--json")) console.log(JSON.stringify(failure.toDocument()));
    console.error(`${failure.message}\n  ${failure.hint}`);
    process.exitCode = failure.exitCode;
  }
}
