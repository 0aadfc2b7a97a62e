#!/usr/bin/env node
// Writes py-runtime/requirements.lock and requirements-dev.lock: the versions installed in .venv, with the SHA-256 of
// every wheel pip may choose on Linux x86_64 and aarch64 for the Pythons below; and requirements-sampler.lock, of what
// pip takes for the sampler of sweeps beside it. torch is not locked: which build fits differs between machines
// (scripts/setup.mjs). With --sampler that last one alone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse as parseToml } from "smol-toml";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pythons = ["3.11", "3.12", "3.13", "3.14"];
// Newest glibc first: pip takes the wheel of the newest tag its host supports, so both ends of the range are
// asked for.
const glibcMinors = [
  [39, 38, 35, 34, 31, 28, 27, 26, 24, 17, 12, 5],
  [28, 27, 26, 24, 17, 12, 5],
];
// What torch needs beside its own (per machine) binaries.
const torchNeeds = ["filelock", "typing-extensions", "setuptools", "sympy", "networkx", "jinja2", "fsspec"];
// Published as source alone; built by setuptools of the runtime lock, without build isolation.
const sourceOnly = ["rouge-score"];
// Another major proposes other trials from the same ones.
const samplerRoots = ["optuna==5.0.0"];
const devRoots = [
  "pytest",
  "mypy",
  "ruff",
  "nibabel",
  "pydicom",
  "pylibjpeg",
  "pylibjpeg-openjpeg",
  "SimpleITK",
  "monai",
];

const normal = (name) => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

const own = join(root, ".venv/bin/python");

function pip(args, python = own) {
  const run = spawnSync(python, ["-m", "pip", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.error) throw run.error;
  if (run.status !== 0)
    throw new Error(
      `pip ${args.join(" ")} ended with ${run.status}:\n${run.stderr.split("\n").slice(-20).join("\n")}`,
    );
  return run.stdout;
}

function platforms(arch, minors) {
  const legacy =
    arch === "x86_64"
      ? { 17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1" }
      : { 17: "manylinux2014" };
  const names = minors.flatMap((minor) => [
    `manylinux_2_${minor}_${arch}`,
    ...(legacy[minor] ? [`${legacy[minor]}_${arch}`] : []),
  ]);
  return [...names, `linux_${arch}`].flatMap((name) => ["--platform", name]);
}

/** What `roots` need on that target, torch apart, as pins of the versions that an environment holds. */
function pinsFor(roots, python, arch, environment = own) {
  const run = spawnSync(environment, [join(root, "scripts/support/needed.py"), python, arch, ...roots], {
    encoding: "utf8",
  });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim().split("\n");
}

/** Adds what a folder of downloads holds: name -> {version, hashes}, for the pins alone. */
function addFiles(found, folder, pins) {
  for (const file of readdirSync(folder)) {
    const [, name, version] = /^(.+?)-([^-]+)(?:-.+\.whl|\.tar\.gz)$/.exec(file) ?? [];
    if (name === undefined) throw new Error(`${file} is neither a wheel nor a source archive`);
    if (!pins.has(`${normal(name)}==${version}`)) continue;
    const entry = found.get(normal(name)) ?? { version, hashes: new Set() };
    entry.hashes.add(
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    );
    found.set(normal(name), entry);
  }
}

function render(heading, options, found) {
  const rows = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { version, hashes }]) =>
      [`${name}==${version}`, ...[...hashes].sort().map((hash) => `    --hash=sha256:${hash}`)].join(" \\\n"),
    );
  return `${heading.map((line) => `# ${line}`).join("\n")}\n${options.join("\n")}\n${rows.join("\n")}\n`;
}

const work = mkdtempSync(join(tmpdir(), "tomoe-lock-"));
const written =
  "Written by scripts/lock.mjs; install with: pip install --require-hashes --no-deps --no-build-isolation";
// One folder for all targets: pip fetches a wheel once, however many of them take it.
const download = (args) => pip(["download", "--quiet", "--no-deps", "--dest", join(work, "files"), ...args]);

/** Asks pip for the wheels of those pins on every machine; `pinsOf` says which they are on each. */
function downloadWheels(pinsOf) {
  for (const python of pythons)
    for (const arch of ["x86_64", "aarch64"])
      for (const minors of glibcMinors) {
        console.error(`asking pip for Python ${python}, ${arch}, glibc up to 2.${minors[0]}`);
        const target = ["--implementation", "cp", "--python-version", python, ...platforms(arch, minors)];
        download(["--only-binary=:all:", ...target, ...pinsOf(python, arch)]);
      }
}

/** Writes a lock of what was downloaded for those pins, and says how many packages that is. */
function writeLock(name, about, options, pins) {
  const found = new Map();
  addFiles(found, join(work, "files"), pins);
  const file = `py-runtime/${name}`;
  writeFileSync(join(root, file), render([`${written} -r ${file}`, about], options, found));
  console.error(`${file} holds ${found.size} packages`);
}

function lockSampler() {
  const environment = join(work, "sampler/bin/python");
  const made = spawnSync(own, ["-m", "venv", join(work, "sampler")], { stdio: "inherit" });
  if (made.status !== 0) throw new Error(`python -m venv ended with ${made.status}`);
  pip(["install", "--quiet", ...samplerRoots], environment);
  const pins = new Set();
  const roots = samplerRoots.map((pin) => pin.split("==")[0]);
  downloadWheels((python, arch) => {
    const needed = pinsFor(roots, python, arch, environment);
    for (const pin of needed) pins.add(pin);
    return needed;
  });
  const about =
    "What the sampler of sweeps needs, in an environment of its own (scripts/setup.mjs --sampler).";
  writeLock("requirements-sampler.lock", about, ["--only-binary :all:"], pins);
}

function lockWorker() {
  const { project } = parseToml(readFileSync(join(root, "pyproject.toml"), "utf8"));
  const runtimeRoots = [...project.dependencies.filter((name) => !/^torch\b/.test(name)), ...torchNeeds];
  const runtimePins = new Set(),
    allPins = new Set();
  downloadWheels((python, arch) => {
    for (const pin of pinsFor(runtimeRoots, python, arch)) runtimePins.add(pin);
    const everyPin = pinsFor([...runtimeRoots, ...devRoots], python, arch);
    for (const pin of everyPin) allPins.add(pin);
    return everyPin.filter((pin) => !sourceOnly.includes(pin.split("==")[0]));
  });
  for (const name of sourceOnly) {
    const [pin] = pinsFor([name], pythons[0], "x86_64").filter((line) => line.startsWith(`${name}==`));
    download(["--no-binary", name, "--no-build-isolation", pin]);
  }
  writeLock(
    "requirements.lock",
    "Everything the worker needs but torch (see scripts/setup.mjs); setuptools, which builds what is source, goes first.",
    ["--only-binary :all:", ...sourceOnly.map((name) => `--no-binary ${name}`)],
    runtimePins,
  );
  writeLock(
    "requirements-dev.lock",
    "What the tests need on top of py-runtime/requirements.lock.",
    ["--only-binary :all:"],
    new Set([...allPins].filter((pin) => !runtimePins.has(pin))),
  );
}

try {
  if (!process.argv.includes("--sampler")) lockWorker();
  rmSync(join(work, "files"), { recursive: true, force: true });
  lockSampler();
} finally {
  rmSync(work, { recursive: true, force: true });
}
