import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repoRoot } from "../support/source-tree.ts";

interface Entry {
  readonly version: string;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Packages = Readonly<Record<string, Entry>>;

const root = mkdtempSync(join(tmpdir(), "tomoe-modules-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** What set-up says of a folder whose lock lists `wanted`, and where `present` is installed. */
async function problem(wanted: Packages, present: Packages): Promise<string | undefined> {
  rmSync(root, { recursive: true, force: true });
  for (const path of Object.keys(present)) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: wanted }));
  writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages: present }));
  const { nodeModulesProblem } = await import(
    pathToFileURL(join(repoRoot, "scripts/support/node-modules.mjs")).href
  );
  return nodeModulesProblem(root);
}

const foreign: Packages = {
  "node_modules/binding-here": { version: "1.0.0", optional: true, cpu: [process.arch] },
  "node_modules/binding-wasm": {
    version: "1.0.0",
    optional: true,
    cpu: ["wasm32"],
    dependencies: { runtime: "1.0.0" },
  },
  "node_modules/runtime": { version: "1.0.0", optional: true },
};
const parser: Entry = {
  version: "1.0.0",
  optionalDependencies: { "binding-here": "1.0.0", "binding-wasm": "1.0.0" },
};
const wanted: Packages = {
  "": { version: "0.1.0", dependencies: { parser: "1.0.0" } },
  "node_modules/parser": parser,
  ...foreign,
};
const binding = { "node_modules/binding-here": foreign["node_modules/binding-here"] as Entry };

describe("node_modules beside its lock", () => {
  it("is whole without the packages of other machines, and without what those alone need", async () => {
    expect(await problem(wanted, { "node_modules/parser": parser, ...binding })).toBeUndefined();
  });

  it("lacks an optional package of this machine that an installed one asks for", async () => {
    expect(await problem(wanted, { "node_modules/parser": parser })).toBe(
      "node_modules/binding-here is missing",
    );
  });

  it("lacks a package that is not optional, whoever asks for it", async () => {
    expect(await problem(wanted, binding)).toBe("node_modules/parser is missing");
  });

  it("is told apart by version and by what the lock does not list", async () => {
    const older = { "node_modules/parser": { ...parser, version: "0.9.0" }, ...binding };
    expect(await problem(wanted, older)).toBe("node_modules/parser is 0.9.0, the lock says 1.0.0");
    const more = { "node_modules/parser": parser, ...binding, "node_modules/own": parser };
    expect(await problem(wanted, more)).toBe("node_modules/own is not in the lock");
  });
});
