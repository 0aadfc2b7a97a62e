#!/usr/bin/env node
// Writes py-runtime/requirements.lock and requirements-dev.lock: the versions installed in .venv, with the SHA-256 of
// every wheel pip may choose
// on Linux x86_64 and aarch64 for the Pythons below. torch is not locked: which build fits differs between
// machines (scripts/setup.mjs).
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
const devRoots = [
  "pytest",
  "mypy",
  "ruff",
  "nibabel",
  "pydicom",
  "SimpleITK",
  "monai",
  "sacrebleu",
  "absl-py",
  "six",
];
// Published as source alone; built by setuptools of the runtime lock, without build isolation.
const sourceOnly = ["rouge-score"];

const normal = (name) => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

function pip(args) {
  const run = spawnSync(join(root, ".venv/bin/python"), ["-m", "pip", ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
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

const nameOf = (requirement) => normal(/^[A-Za-z0-9._-]+/.exec(requirement)[0]);

/** What is needed by another way than through torch: torch's own binaries differ between machines, as torch does. */
function neededFrom(roots, items) {
  const needs = new Map(
    items.map(({ metadata }) => [normal(metadata.name), (metadata.requires_dist ?? []).map(nameOf)]),
  );
  const needed = new Set();
  const waiting = roots.map(nameOf);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name) || name === "torch" || !needs.has(name)) continue;
    needed.add(name);
    waiting.push(...needs.get(name));
  }
  return needed;
}

/** Adds name -> {version, hashes} of everything pip would install for `roots` on one target. */
function collect(found, roots, constraints, work, target) {
  const report = join(work, "report.json");
  pip([
    "install",
    "--quiet",
    "--dry-run",
    "--ignore-installed",
    "--report",
    report,
    "--constraint",
    constraints,
    ...target,
    ...roots,
  ]);
  const items = JSON.parse(readFileSync(report, "utf8")).install;
  const needed = neededFrom(roots, items);
  for (const item of items) {
    const name = normal(item.metadata.name);
    if (!needed.has(name) || name === "pip") continue;
    const sha256 = item.download_info.archive_info?.hashes?.sha256;
    if (!sha256) throw new Error(`pip gives no SHA-256 for ${name} ${item.metadata.version}`);
    const entry = found.get(name) ?? { version: item.metadata.version, hashes: new Set() };
    if (entry.version !== item.metadata.version)
      throw new Error(`${name} is ${entry.version} on one target and ${item.metadata.version} on another`);
    entry.hashes.add(sha256);
    found.set(name, entry);
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
try {
  const constraints = join(work, "constraints.txt");
  const installed = pip(["list", "--format=freeze"])
    .split("\n")
    .filter((line) => /^[^=\s]+==/.test(line) && !/^(pip|torch|tomoe-worker)==/.test(line));
  writeFileSync(constraints, `${installed.join("\n")}\n`);
  const { project } = parseToml(readFileSync(join(root, "pyproject.toml"), "utf8"));
  const runtimeRoots = [...project.dependencies.filter((name) => !/^torch\b/.test(name)), ...torchNeeds];
  const runtime = new Map(),
    all = new Map();
  for (const python of pythons)
    for (const arch of ["x86_64", "aarch64"])
      for (const minors of glibcMinors) {
        console.error(`asking pip for Python ${python}, ${arch}, glibc up to 2.${minors[0]}`);
        const target = [
          "--only-binary=:all:",
          "--implementation",
          "cp",
          "--python-version",
          python,
          "--target",
          join(work, "target"),
          ...platforms(arch, minors),
        ];
        collect(runtime, runtimeRoots, constraints, work, target);
        collect(all, [...runtimeRoots, ...devRoots], constraints, work, target);
      }
  for (const name of sourceOnly) collect(all, [name], constraints, work, ["--no-deps", "--no-binary", name]);
  const dev = new Map([...all].filter(([name]) => !runtime.has(name)));
  const written =
    "Written by scripts/lock.mjs from what .venv holds; install with: pip install --require-hashes --no-deps";
  writeFileSync(
    join(root, "py-runtime/requirements.lock"),
    render(
      [
        `${written} -r py-runtime/requirements.lock`,
        "Everything the worker needs but torch (see scripts/setup.mjs).",
      ],
      ["--only-binary :all:"],
      runtime,
    ),
  );
  writeFileSync(
    join(root, "py-runtime/requirements-dev.lock"),
    render(
      [
        `${written} --no-build-isolation -r py-runtime/requirements-dev.lock`,
        "What the tests need on top of py-runtime/requirements.lock.",
      ],
      ["--only-binary :all:", ...sourceOnly.map((name) => `--no-binary ${name}`)],
      dev,
    ),
  );
  console.error(
    `py-runtime/requirements.lock holds ${runtime.size} packages, requirements-dev.lock ${dev.size}`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
