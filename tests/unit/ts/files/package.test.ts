import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, packageVersion, pythonCacheDir, userCache } from "../../../../ts/files/package.ts";
import { repoRoot } from "../../../support/source-tree.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const installed = join(temporaryFolder(), "project", "node_modules", "tomoe");
mkdirSync(join(installed, "scripts"), { recursive: true });
mkdirSync(join(installed, "dist", "cli"), { recursive: true });
cpSync(join(repoRoot, "package.json"), join(installed, "package.json"));
cpSync(join(repoRoot, "scripts", "support"), join(installed, "scripts", "support"), { recursive: true });
cpSync(join(repoRoot, "scripts", "tomoe.mjs"), join(installed, "scripts", "tomoe.mjs"));
writeFileSync(
  join(installed, "dist", "cli", "main.js"),
  'import { getCompileCacheDir } from "node:module"; export function main() { console.log(getCompileCacheDir()); }',
);

/** What the scripts of an installed package, which run before anything else is there, say in `env`. */
function asScripts(env: NodeJS.ProcessEnv): { readonly venv: string; readonly version: string } {
  const places = JSON.stringify(join(installed, "scripts", "support", "places.mjs"));
  const script = `const { venvFolder, packageVersion } = await import(${places});
    console.log(JSON.stringify({ venv: venvFolder(), version: packageVersion() }));`;
  const text = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    env,
    encoding: "utf8",
  });
  return JSON.parse(text) as ReturnType<typeof asScripts>;
}

const environments: readonly (readonly [string, NodeJS.ProcessEnv])[] = [
  ["a home alone", { HOME: "/home/ada" }],
  ["a cache folder of its own", { HOME: "/home/ada", XDG_CACHE_HOME: "/scratch/ada" }],
  ["an empty XDG_CACHE_HOME, which is none", { HOME: "/home/ada", XDG_CACHE_HOME: "" }],
];

describe("the package", () => {
  it("knows the folder that holds package.json and the worker, and its version", () => {
    expect(packageRoot()).toBe(repoRoot);
    const { version } = JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")) as {
      readonly version: string;
    };
    expect([packageVersion(), packageVersion(installed)]).toEqual([version, version]);
  });

  it.each([
    [{ HOME: "/home/ada" }, "/home/ada/.cache/tomoe"],
    [{ HOME: "/home/ada", XDG_CACHE_HOME: "" }, "/home/ada/.cache/tomoe"],
    [{ HOME: "/home/ada", XDG_CACHE_HOME: "/scratch" }, "/scratch/tomoe"],
  ])("caches for the user of %j in %s", (env, folder) => {
    expect(userCache(env)).toBe(folder);
    expect(pythonCacheDir(installed, env)).toBe(join(folder, packageVersion(), "venv"));
  });
});

describe("set-up and the worker of an installed package", () => {
  it.each(environments)("mean the same Python in an environment with %s", (_, env) => {
    const said = asScripts({ PATH: process.env.PATH, ...env });
    expect(said).toEqual({ venv: pythonCacheDir(installed, env), version: packageVersion() });
  });

  it("and the program keep their caches in one folder of the user", () => {
    const cache = join(installed, "..", "..", "cache");
    for (const env of [{ XDG_CACHE_HOME: cache }, { HOME: cache, XDG_CACHE_HOME: "" }]) {
      const text = execFileSync(process.execPath, [join(installed, "scripts", "tomoe.mjs")], {
        env: { PATH: process.env.PATH, ...env },
        encoding: "utf8",
      });
      expect(text.startsWith(join(userCache(env), "compiled"))).toBe(true);
    }
  });
});
