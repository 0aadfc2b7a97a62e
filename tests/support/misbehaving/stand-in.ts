import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WorkerLaunch } from "../../../ts/worker/index.ts";
import { createRuntimeDir, removeRuntimeDir } from "../../../ts/worker/index.ts";

const zoo = dirname(fileURLToPath(import.meta.url));
const repository = dirname(dirname(dirname(zoo)));

/** The interpreter of this clone; the zoo needs nothing but the standard library. */
export const python = join(repository, ".venv", "bin", "python");

/**
 * PYTHONPATH and TOMOE_MISBEHAVE that make the real worker misbehave as `wish` says; see
 * inject/sitecustomize.py.
 */
export function misbehaving(wish: string): Record<string, string> {
  return { PYTHONPATH: `${join(zoo, "inject")}:${join(repository, "py-runtime")}`, TOMOE_MISBEHAVE: wish };
}

/**
 * An interpreter whose first worker, or first ranks, misbehave as `wish` says; those after them behave.
 *
 * @param folder - where it is written, and where it marks that it was used.
 */
export function misbehavingOnce(folder: string, name: string, wish: string): string {
  const { PYTHONPATH = "", TOMOE_MISBEHAVE = "" } = misbehaving(wish);
  const path = join(folder, name);
  const lines = [
    "#!/bin/sh",
    'case "$*" in',
    `  "-u -m tomoe_worker"|"-u -m tomoe_worker.server.launch.ranks "*)`,
    `    if mkdir ${path}-was-used 2>/dev/null; then export PYTHONPATH=${PYTHONPATH} TOMOE_MISBEHAVE=${TOMOE_MISBEHAVE}; fi;;`,
    "esac",
    `exec ${python} "$@"`,
    "",
  ];
  writeFileSync(path, lines.join("\n"), { mode: 0o755 });
  return path;
}

/** A package whose worker is the zoo's `name`, ready to be started. */
export function standIn(name: string): {
  readonly launch: WorkerLaunch;
  readonly folder: string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-zoo-"));
  const runtimeDir = createRuntimeDir();
  mkdirSync(join(folder, "py-runtime", "tomoe_worker"), { recursive: true });
  writeFileSync(join(folder, "py-runtime", "tomoe_worker", "__init__.py"), "");
  copyFileSync(join(zoo, `${name}.py`), join(folder, "py-runtime", "tomoe_worker", "__main__.py"));
  return {
    folder,
    launch: {
      packageRoot: folder,
      ranks: 1,
      device: "cpu",
      runtimeDir,
      logFile: join(folder, "worker.log"),
      maxLogBytes: 1 << 20,
      runId: "zoo",
      attempt: 0,
      roots: [],
      threads: 1,
      readyTimeoutMs: 120_000,
      graceMs: 500,
      env: { TOMOE_PYTHON: python },
    },
    remove: () => {
      removeRuntimeDir(runtimeDir);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
