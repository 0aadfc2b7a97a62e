import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { errorCodes } from "../../ts/errors.ts";
import { leastVersions } from "../../ts/gen/python.ts";
import { listed, repoFiles, repoRoot, repoText } from "../support/source-tree.ts";

const manifest = JSON.parse(repoText("package.json"));
const lock = JSON.parse(repoText("package-lock.json"));

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}
const locked: readonly (readonly [string, LockEntry])[] = Object.entries<LockEntry>(lock.packages).filter(
  ([path]) => path !== "",
);

const pythonProject = parseToml(repoText("pyproject.toml")).project as Readonly<Record<string, unknown>>;

describe("package.json and its lock", () => {
  it("pins every dependency exactly", () => {
    const groups = ["dependencies", "devDependencies", "optionalDependencies"];
    const loose = groups
      .flatMap((group) => Object.entries(manifest[group] ?? {}))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(String(version)));
    expect(loose).toEqual([]);
  });

  it("locks what package.json asks for", () => {
    for (const group of ["dependencies", "devDependencies", "optionalDependencies"])
      expect(lock.packages[""][group]).toEqual(manifest[group]);
    expect([lock.version, lock.packages[""].version]).toEqual([manifest.version, manifest.version]);
  });

  it("gives an integrity to every package and a download address to none", () => {
    expect(locked.length).toBeGreaterThan(100);
    expect(
      listed(locked.filter(([, entry]) => !/^sha512-/.test(entry.integrity ?? "")).map(([path]) => path)),
    ).toBe("");
    expect(
      listed(
        locked
          .filter(([, entry]) => entry.resolved !== undefined || entry.link === true)
          .map(([path]) => path),
      ),
    ).toBe("");
    expect(repoText(".npmrc")).toContain("omit-lockfile-registry-resolved=true");
  });

  it("needs no install script of a package that runs in production", () => {
    // npm ci --ignore-scripts is how it is installed; these ship their binaries inside and only check or
    // compile when they would be missing.
    const known = ["node_modules/zeromq", "node_modules/protobufjs", "node_modules/@parcel/watcher"];
    expect(
      listed(
        locked
          .filter(([path, entry]) => entry.hasInstallScript === true && !known.includes(path))
          .map(([path]) => path),
      ),
    ).toBe("");
  });

  it("packs what an installed package needs and nothing of the tests", () => {
    const run = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: repoRoot,
      encoding: "utf8",
    });
    expect(run.status).toBe(0);
    const files: readonly string[] = JSON.parse(run.stdout)[0].files.map(
      (file: { readonly path: string }) => file.path,
    );
    for (const path of [
      "package.json",
      "LICENSE",
      "README.md",
      "scripts/tomoe.mjs",
      "scripts/setup.mjs",
      "py-runtime/requirements.lock",
      "py-runtime/tomoe_worker/__main__.py",
      "py-runtime/tomoe_worker/server/gen/tomoe_v1.binpb",
      "py-runtime/tomoe_worker/ranges.json",
      "ts/schema/REFERENCE.md",
    ])
      expect(files).toContain(path);
    const unwanted = files.filter((path) =>
      /^tests\/|^ts\/(?!schema\/REFERENCE\.md$)|__pycache__|\.pyc$|\.venv|node_modules|^runs\//.test(path),
    );
    expect(listed(unwanted)).toBe("");
  });
});

describe("the Python locks", () => {
  const blocks = (file: string): string[] =>
    repoText(file)
      .split("\n")
      .filter((line) => !line.startsWith("#") && !line.startsWith("--"))
      .join("\n")
      .split(/\n(?=\S)/)
      .filter((block) => block.trim() !== "");

  it("pins every package with at least one SHA-256 and no address", () => {
    for (const file of ["py-runtime/requirements.lock", "py-runtime/requirements-dev.lock"]) {
      const all = blocks(file);
      expect(all.length).toBeGreaterThan(10);
      const bad = all.filter(
        (block) => !/^[a-z0-9-]+==[\w.]+ \\\n(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\\n|\s*$))+$/.test(block),
      );
      expect(listed(bad)).toBe("");
      expect(repoText(file)).not.toMatch(/https?:|file:|@\s/);
    }
  });

  it("locks every dependency of pyproject.toml but torch, whose build differs between machines", () => {
    const names = Object.keys(leastVersions);
    expect(names).toContain("torch");
    const have = blocks("py-runtime/requirements.lock").map((block) => block.split("==")[0]);
    expect(names.filter((name) => name !== "torch" && !have.includes(name))).toEqual([]);
    expect(have).not.toContain("torch");
  });

  it("holds one version of each package over both locks", () => {
    const names = [
      ...blocks("py-runtime/requirements.lock"),
      ...blocks("py-runtime/requirements-dev.lock"),
    ].map((block) => block.split("==")[0]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("the two languages", () => {
  it("share one list of error codes with the same gRPC status", () => {
    const table = [
      ...repoText("py-runtime/tomoe_worker/errors.py").matchAll(/^ {4}"([A-Z_]+)": (\d+),$/gm),
    ].map((match) => [match[1] ?? "", Number(match[2])]);
    expect(table.length).toBeGreaterThan(30);
    expect(Object.fromEntries(table)).toEqual(
      Object.fromEntries(Object.entries(errorCodes).map(([code, row]) => [code, row.grpc])),
    );
  });

  it("raise no code outside the list", () => {
    const raised = repoFiles()
      .filter((path) => /^(?:ts\/.*\.ts|py-runtime\/.*\.py)$/.test(path))
      .flatMap((path) =>
        [...repoText(path).matchAll(/TomoeError\(\s*"([A-Z_]+)"/g)].map((match) => `${path}: ${match[1]}`),
      );
    expect(raised.length).toBeGreaterThan(50);
    expect(listed(raised.filter((line) => !Object.hasOwn(errorCodes, line.split(": ")[1] ?? "")))).toBe("");
  });

  it("have one version number", () => {
    expect(pythonProject.version).toBe(manifest.version);
    expect(/^version: (.+)$/m.exec(repoText("CITATION.cff"))?.[1]).toBe(manifest.version);
    expect(repoText("CHANGELOG.md")).toContain(`## [${manifest.version}]`);
  });
});

describe("generated code", () => {
  const generate = (root: string): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(root, "scripts/generate.mjs"), "--check"], {
      cwd: root,
      encoding: "utf8",
    });

  it("matches its sources", () => {
    const run = generate(repoRoot);
    expect(`${run.stderr}`).toMatch(/generated files match their sources/);
    expect(run.status).toBe(0);
  });

  it.each([
    [
      "proto/tomoe/v1/error.proto",
      "message ErrorDetail {",
      "message ErrorDetail {\n  optional uint32 added_by_a_test = 99;",
      "ts/gen/tomoe/v1/error.ts",
    ],
    ["pyproject.toml", '"numpy>=2"', '"numpy>=3"', "ts/gen/python.ts"],
    ["ts/router/prompt/texts/terms/plane.txt", "axial\n", "", "ts/router/gen/prompt-texts.ts"],
    ["ts/schema/options/bases.ts", "above: 1 }", "above: 2 }", "ts/gen/options.ts"],
    ["ts/schema/options/bases.ts", "above: 1 }", "above: 2 }", "py-runtime/tomoe_worker/ranges.json"],
  ])("is found to differ when %s changes", (source, before, after, made) => {
    const copy = mkdtempSync(join(tmpdir(), "tomoe-drift-"));
    try {
      for (const path of [
        "package.json",
        "proto",
        "pyproject.toml",
        "ts/errors.ts",
        "ts/gen",
        "ts/router",
        "ts/schema",
        "py-runtime/tomoe_worker",
        "scripts",
      ])
        cpSync(join(repoRoot, path), join(copy, path), { recursive: true });
      symlinkSync(join(repoRoot, "node_modules"), join(copy, "node_modules"));
      const changed = repoText(source).replace(before, after);
      expect(changed).not.toBe(repoText(source));
      writeFileSync(join(copy, source), changed);
      const run = generate(copy);
      expect(`${run.stderr}`).toContain(`differs from its source: ${made}\n`);
      expect(run.status).toBe(1);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});

describe("licence and citation", () => {
  it("is Apache-2.0 in every place that names a licence", () => {
    expect(repoText("LICENSE")).toMatch(/Apache License\s+Version 2\.0, January 2004/);
    expect([
      manifest.license,
      pythonProject.license,
      /^license: (.+)$/m.exec(repoText("CITATION.cff"))?.[1],
    ]).toEqual(["Apache-2.0", "Apache-2.0", "Apache-2.0"]);
  });

  it("cites the paper of the method", () => {
    expect(repoText("CITATION.cff")).toContain("2604.10233");
  });
});
