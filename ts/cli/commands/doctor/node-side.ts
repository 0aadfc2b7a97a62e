import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Check } from "./check.ts";
import { passed, wrong } from "./check.ts";

/** Node itself, and the npm packages against the exact versions that package.json pins. */
export function checkNode(packageRoot: string): readonly Check[] {
  return [checkVersion(), checkPackages(packageRoot)];
}

function checkVersion(): Check {
  const expected = "24 or newer";
  const found = `${process.versions.node} (${process.execPath})`;
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 24
    ? passed("node", found, expected)
    : wrong(
        "failed",
        "node",
        found,
        expected,
        "npm ci --ignore-scripts  (brings Node 24 on Linux x64 and arm64)",
      );
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function checkPackages(packageRoot: string): Check {
  const { dependencies = {} } = readManifest(join(packageRoot, "package.json"));
  const pinned = Object.entries(dependencies);
  const problems = pinned.flatMap(([name, version]) => {
    const found = installedVersion(packageRoot, name);
    return found === version ? [] : [`${name} ${found ?? "missing"} (pinned ${version})`];
  });
  const expected = `${pinned.length} packages at their pinned versions`;
  if (problems.length === 0) return passed("npm packages", expected, expected);
  const isInstalled = packageRoot.includes("/node_modules/");
  return wrong(
    "failed",
    "npm packages",
    problems.join(", "),
    expected,
    isInstalled ? "npm install" : "npm ci --ignore-scripts",
  );
}

/** Version of a package as Node would find it from `from`: here or hoisted into a folder above. */
function installedVersion(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name, "package.json");
    if (existsSync(path)) return readManifest(path).version;
    if (folder === dirname(folder)) return undefined;
  }
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
