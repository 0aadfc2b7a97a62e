import { join } from "node:path";
import { TomoeError } from "../../errors.ts";
import { pythonCacheDir } from "../../files/index.ts";
import { leastPython } from "../../gen/python.ts";
import { findCommand } from "../../process/index.ts";

/** The interpreter that runs the worker, and the folder its package lies in. */
export interface PythonRuntime {
  readonly python: string;
  /** Folder to put on PYTHONPATH; holds `tomoe_worker/`. */
  readonly runtimePath: string;
}

/** What to do about a Python that is missing or does not fit: ours, or the user's own. */
export const pythonHints = {
  ours: "Install the Python side with: npm run setup (in an installed package: npx tomoe setup)",
  own: `Point TOMOE_PYTHON at a Python of ${leastPython} or newer that has the packages of py-runtime/requirements.lock, or unset it.`,
} as const;

/**
 * Finds the interpreter: `TOMOE_PYTHON`, else the `.venv` of the clone, else the cache folder of an installed
 * package.
 *
 * @throws TomoeError `ENVIRONMENT` naming where it looked and the command that fixes it.
 */
export function findPython(packageRoot: string, env: NodeJS.ProcessEnv = process.env): PythonRuntime {
  const runtimePath = join(packageRoot, "py-runtime");
  const wanted = env.TOMOE_PYTHON;
  if (wanted !== undefined && wanted !== "") {
    const python = findCommand(wanted, env.PATH ?? "");
    if (python !== undefined) return { python, runtimePath };
    throw new TomoeError("ENVIRONMENT", `TOMOE_PYTHON is ${wanted}, which is no executable file`, {
      hint: pythonHints.own,
      details: { TOMOE_PYTHON: wanted },
    });
  }
  const places = [
    join(packageRoot, ".venv", "bin", "python"),
    join(pythonCacheDir(packageRoot, env), "bin", "python"),
  ];
  for (const place of places) {
    const python = findCommand(place, "");
    if (python !== undefined) return { python, runtimePath };
  }
  throw new TomoeError("ENVIRONMENT", `there is no Python for the worker at ${places.join(" or ")}`, {
    hint: pythonHints.ours,
    details: { looked: places },
  });
}
