import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findPython } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tomoe-python-"));
  writeFileSync(join(root, "package.json"), '{"version":"1.2.3"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function executable(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n", { mode: 0o700 });
  return path;
}

describe("the Python of the worker", () => {
  it("is TOMOE_PYTHON before anything else, as a path or a name on PATH", () => {
    executable(join(root, ".venv/bin/python"));
    const own = executable(join(root, "own/mypython"));
    expect(findPython(root, { TOMOE_PYTHON: own })).toEqual({
      python: own,
      runtimePath: join(root, "py-runtime"),
    });
    expect(findPython(root, { TOMOE_PYTHON: "mypython", PATH: join(root, "own") }).python).toBe(own);
  });

  it("is the clone's .venv, else the cache folder of this version", () => {
    const cached = executable(join(root, "cache/tomoe/1.2.3/venv/bin/python"));
    const env = { XDG_CACHE_HOME: join(root, "cache") };
    expect(findPython(root, env).python).toBe(cached);
    const own = executable(join(root, ".venv/bin/python"));
    expect(findPython(root, { ...env, TOMOE_PYTHON: "" }).python).toBe(own);
  });

  it("is named with the command that mends it when there is none", async () => {
    const error = await caught(() => findPython(root, { HOME: root }));
    expect({ code: error.code, message: error.message, exit: error.exitCode }).toEqual({
      code: "ENVIRONMENT",
      message: `[ENVIRONMENT] there is no Python for the worker at ${join(root, ".venv/bin/python")} or ${join(root, ".cache/tomoe/1.2.3/venv/bin/python")}`,
      exit: 78,
    });
    expect(error.hint).toContain("npm run setup");
  });

  it("is not silently another one when TOMOE_PYTHON is wrong", async () => {
    executable(join(root, ".venv/bin/python"));
    const error = await caught(() => findPython(root, { TOMOE_PYTHON: join(root, "absent") }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "ENVIRONMENT",
      message: `[ENVIRONMENT] TOMOE_PYTHON is ${join(root, "absent")}, which is no executable file`,
    });
  });
});
