// The Python side of setup: an environment made by venv, filled from the locks, torch beside them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { runLogged } from "./child.mjs";
import { childFailure, diskFull, ScriptFailure } from "./failure.mjs";
import { packageRoot, sitePackages, venvFolder, venvPython } from "./places.mjs";

const torchWanted = "torch==2.13.0";
const torchLeast = [2, 11];
const locks = { runtime: "py-runtime/requirements.lock", dev: "py-runtime/requirements-dev.lock" };
const stampName = "tomoe-setup.json";
// Stands while pip works; found at a later start, it tells that the environment is half made.
export const halfMadeFile = (folder = venvFolder()) => join(folder, "tomoe-setup.unfinished");

/** SHA-256 of a lock, by its path in the package. */
export function fileDigest(path) {
  return createHash("sha256")
    .update(readFileSync(join(packageRoot, path)))
    .digest("hex");
}

const lockDigest = (which) => fileDigest(locks[which]);

function installedTorch() {
  const folder = sitePackages();
  if (folder === undefined || !existsSync(join(folder, "torch", "__init__.py"))) return undefined;
  return readdirSync(folder)
    .map((name) => /^torch-(\d.*)\.dist-info$/.exec(name)?.[1])
    .find((version) => version !== undefined);
}

function torchFits(version) {
  const [major, minor] = version.split(".").map(Number);
  return major === torchLeast[0] && minor >= torchLeast[1];
}

/**
 * What is still missing in the Python environment, as a list of words; empty when it is ready.
 * An interpreter of the user's own (TOMOE_PYTHON) is the user's to fill: `tomoe doctor` looks at it.
 */
export function pythonProblems(dev, env = process.env) {
  if (env.TOMOE_PYTHON) return [];
  if (!existsSync(venvPython())) return ["environment"];
  if (existsSync(halfMadeFile())) return ["environment"];
  const stamp = readStamp(venvFolder());
  const torch = installedTorch();
  const problems = [];
  if (stamp.runtime !== lockDigest("runtime")) problems.push(locks.runtime);
  if (torch === undefined || !torchFits(torch)) problems.push("torch");
  if (dev && stamp.dev !== lockDigest("dev")) problems.push(locks.dev);
  return problems;
}

/** Version of an interpreter that can make environments, or why it cannot. */
function probe(command) {
  const script = "import sys, venv, ensurepip; print('.'.join(map(str, sys.version_info[:3])))";
  const run = spawnSync(command, ["-I", "-c", script], { encoding: "utf8", timeout: 60_000 });
  if (run.error)
    return { command, why: run.error.code === "ENOENT" ? undefined : `does not run (${run.error.code})` };
  if (run.status !== 0) {
    const lastLine = run.stderr.trim().split("\n").at(-1) ?? "";
    return {
      command,
      why: /No module named '(venv|ensurepip)'/.test(lastLine)
        ? "has no venv module"
        : `does not run (${lastLine || `exit code ${run.status}`})`,
    };
  }
  const version = run.stdout.trim();
  const [major, minor] = version.split(".").map(Number);
  return major === 3 && minor >= 11
    ? { command, version }
    : { command, why: `is ${version}, older than 3.11` };
}

/**
 * The interpreter the environment is made with: TOMOE_PYTHON_BASE alone when set, else the first that fits.
 * Throws ENVIRONMENT naming every interpreter looked at and what is wrong with it.
 */
export function findPython(env = process.env) {
  const chosen = env.TOMOE_PYTHON_BASE;
  const commands = chosen ? [chosen] : ["python3.13", "python3.12", "python3.11", "python3", "python3.14"];
  const tried = [];
  for (const command of commands) {
    const found = probe(command);
    if (found.version !== undefined) return found;
    if (found.why !== undefined || chosen) tried.push(`${command} ${found.why ?? "is not there"}`);
  }
  const seen = tried.length > 0 ? tried.join("; ") : "no python3 is on the PATH";
  throw new ScriptFailure(
    "ENVIRONMENT",
    `Tomoe needs Python 3.11 or newer with its venv module: ${seen}`,
    "Install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv; Fedora: sudo dnf install python3.12), or name one: TOMOE_PYTHON_BASE=/path/to/python3 npm run setup",
    { tried },
  );
}

/** Makes an empty environment, marked as half made, in place of what is there. */
export async function makeEnvironment(folder, { step, ...run }) {
  const base = findPython();
  step(`making ${folder} with Python ${base.version} (${base.command})`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(halfMadeFile(folder), "");
  const outcome = await runLogged(base.command, ["-m", "venv", folder], {
    cwd: packageRoot,
    ...run,
    label: "python -m venv",
  });
  if (outcome.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw childFailure("python -m venv", outcome, run.logFile);
  }
}

/** Installs into an environment; `{folder, python}` says which. Throws ENVIRONMENT and others by what pip says. */
export async function pip({ folder, python }, args, label, { logFile, onGroup }) {
  // Without it pip would look into a PYTHONPATH of the caller and take those packages for installed ones.
  const { PYTHONPATH: _dropped, ...env } = process.env;
  const outcome = await runLogged(
    python,
    ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", ...args],
    {
      cwd: packageRoot,
      env,
      logFile,
      onGroup,
      label,
      show: (line) => /^\s*Downloading .*\b(GB|[0-9]{2,}\.\d MB)/.test(line),
    },
  );
  if (outcome.status === 0) return;
  const failure = childFailure(label, outcome, logFile);
  // pip takes back what it began when it fails by itself; after a kill or on a full disk the environment is
  // made anew.
  if (outcome.status !== null && !failure.message.includes("disk is full"))
    rmSync(halfMadeFile(folder), { force: true });
  throw failure;
}

/** Throws ENVIRONMENT where less is free than an environment takes. */
export function needSpace(folder, bytes) {
  const disk = statfsSync(dirname(folder));
  const free = disk.bavail * disk.bsize;
  if (free < bytes)
    throw diskFull(
      `${Math.floor(free / 1e6)} MB are free where ${folder} goes, and ${bytes / 1e6} MB are needed`,
      { freeBytes: free, neededBytes: bytes },
    );
}

/**
 * Makes the Python environment ready; call it with the setup lock held.
 * `context` is `{step, logFile, onGroup}`: where one line for each thing done, all output, and the children's
 * process groups go.
 * Throws ENVIRONMENT with the cause.
 */
export async function readyPython(dev, context) {
  const { step } = context;
  const problems = pythonProblems(dev);
  if (problems.length === 0) return;
  mkdirSync(dirname(venvFolder()), { recursive: true });
  const own = { folder: venvFolder(), python: venvPython() };
  needSpace(
    own.folder,
    problems.includes("environment") || problems.includes("torch") ? 3_000_000_000 : 300_000_000,
  );
  const pipWorks =
    existsSync(venvPython()) && spawnSync(venvPython(), ["-m", "pip", "--version"]).status === 0;
  if (problems.includes("environment") || !pipWorks) await makeEnvironment(own.folder, context);
  writeFileSync(halfMadeFile(), "");
  const missing =
    problems.includes("environment") || !pipWorks
      ? [locks.runtime, "torch", ...(dev ? [locks.dev] : [])]
      : problems;
  if (missing.includes(locks.runtime)) {
    step(`installing ${locks.runtime}`);
    const { file, builder } = builderLock();
    writeFileSync(file, builder);
    for (const lock of [file, locks.runtime])
      await pip(
        own,
        ["--require-hashes", "--no-deps", "--no-build-isolation", "-r", lock],
        `pip install -r ${lock}`,
        context,
      );
    rmSync(file);
  }
  if (missing.includes("torch")) {
    step(`installing ${torchWanted} (200 MB for the CPU build, several GB for the CUDA build)`);
    await pip(own, [torchWanted], `pip install ${torchWanted}`, context);
  }
  if (missing.includes(locks.dev)) {
    step(`installing ${locks.dev}`);
    await pip(
      own,
      ["--require-hashes", "--no-deps", "-r", locks.dev],
      `pip install -r ${locks.dev}`,
      context,
    );
  }
  finish(dev);
}

/** setuptools of the runtime lock alone: it has to be there before what is published as source can be built. */
function builderLock() {
  const lock = readFileSync(join(packageRoot, locks.runtime), "utf8");
  const [block] = /^setuptools==(?:.*\\\n)+.*\n/m.exec(lock) ?? [""];
  return { file: join(venvFolder(), "tomoe-builder.lock"), builder: `--only-binary :all:\n${block}` };
}

/** Writes the stamp, then takes the half-made mark away: from here on the environment counts as ready. */
function finish(dev) {
  const before = readStamp(venvFolder());
  const stamp = {
    runtime: lockDigest("runtime"),
    dev: dev ? lockDigest("dev") : (before.dev ?? null),
    torch: installedTorch() ?? null,
  };
  writeStamp(venvFolder(), stamp);
}

/** Writes an environment's stamp, then takes the half-made mark away. */
export function writeStamp(folder, stamp) {
  const file = join(folder, stampName);
  writeFileSync(`${file}.tmp`, `${JSON.stringify(stamp)}\n`);
  renameSync(`${file}.tmp`, file);
  rmSync(halfMadeFile(folder));
}

/** What an environment's stamp says; nothing where it has none. */
export function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, stampName), "utf8"));
  } catch {
    return {};
  }
}
