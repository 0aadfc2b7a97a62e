import { cpSync } from "node:fs";
import { join } from "node:path";
import { requireSampler } from "../../../../ts/sampler/environment.ts";
import { caught } from "../../../support/caught.ts";
import { repoRoot } from "../../../support/source-tree.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const { signal } = new AbortController();
const home = temporaryFolder();

/** The scripts as an installed package has them, which keep what they make below a home of this test. */
const root = join(home, "node_modules", "tomoe");
for (const path of ["scripts", "package.json", "py-runtime/requirements-sampler.lock"])
  cpSync(join(repoRoot, path), join(root, path), { recursive: true });

const noIndex = {
  PIP_CONFIG_FILE: "/dev/null",
  PIP_INDEX_URL: "http://127.0.0.1:9/simple",
  PIP_FIND_LINKS: "",
  PIP_EXTRA_INDEX_URL: "",
  PIP_RETRIES: "0",
};

describe("requireSampler", () => {
  it("takes a Python of the user's own, and asks for nothing to be installed", async () => {
    const notices: string[] = [];
    const notice = (line: string): void => void notices.push(line);
    const env = { PATH: process.env.PATH, TOMOE_SAMPLER_PYTHON: process.execPath };
    expect(await requireSampler({ signal, notice, env })).toEqual({
      python: process.execPath,
      runtimePath: join(repoRoot, "py-runtime"),
    });
    expect(notices).toEqual([]);
  });

  it("refuses one that is not there, and says how to do without", async () => {
    const env = { PATH: process.env.PATH, TOMOE_SAMPLER_PYTHON: "/nowhere/python" };
    const error = await caught(() => requireSampler({ signal, notice: () => undefined, env }));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toContain("TOMOE_SAMPLER_PYTHON is /nowhere/python");
    expect(error.hint).toContain('sampler: "random"');
  });

  it("says what keeps it from being set up, once it said that it tries", async () => {
    const notices: string[] = [];
    const notice = (line: string): void => void notices.push(line);
    const env = { ...process.env, ...noIndex, HOME: home, XDG_CACHE_HOME: home, TOMOE_SAMPLER_PYTHON: "" };
    const error = await caught(() => requireSampler({ signal, notice, root, env }));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toMatch(/the sampler cannot be set up: .*the package index cannot be reached/);
    expect(error.hint).toContain("TOMOE_SAMPLER_PYTHON");
    expect(notices).toEqual([expect.stringContaining("set up, once")]);
    const none = { ...env, PATH: join(home, "empty") };
    const without = await caught(() =>
      requireSampler({ signal, notice, root, env: { ...none, XDG_CACHE_HOME: join(home, "b") } }),
    );
    expect(without.message).toContain("no python3 is on the PATH");
  });

  it("is stopped with the sweep", async () => {
    const error = await caught(() =>
      requireSampler({ signal: AbortSignal.abort(), notice: () => undefined, root, env: { HOME: home } }),
    );
    expect(error.code).toBe("CANCELLED");
  });
});
