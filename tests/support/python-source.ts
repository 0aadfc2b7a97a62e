/**
 * Python source as Python's own `ast` and `tokenize` read it, for the rules of tests/repo and the measures. One
 * start of Python reads any number of sources (python_source.py, the standard library alone).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pythonSources, repoRoot, repoText } from "./source-tree.ts";

export interface PythonImport {
  /** Dotted name; relative imports begin with dots. */
  readonly module: string;
  /** Names of `from module import ...`, empty for `import module`. */
  readonly names: readonly string[];
  readonly line: number;
  /** Below `if TYPE_CHECKING:`: never run. */
  readonly isTypeOnly: boolean;
}

export interface PythonFacts {
  readonly imports: readonly PythonImport[];
  /** Lines from the `def` to the end, the docstring left out. */
  readonly functions: readonly { readonly line: number; readonly lines: number }[];
  /** Top level alone; `value` is the source of a constant's value. */
  readonly definitions: readonly {
    readonly name: string;
    readonly kind: "function" | "class" | "const";
    readonly line: number;
    readonly value: string | null;
  }[];
  /** Annotated names of class bodies. */
  readonly fields: readonly {
    readonly owner: string;
    readonly decorators: readonly string[];
    readonly name: string;
    readonly line: number;
    readonly hasDefault: boolean;
  }[];
  /** What importing the module calls, by the name it is called by ("os.makedirs"). */
  readonly callsOnImport: readonly { readonly name: string; readonly line: number }[];
  /** Lines that raise one of Python's own exceptions. */
  readonly bareRaises: readonly number[];
  /** Texts given as `hint=`; "" where something computed stands first or last. */
  readonly hints: readonly { readonly line: number; readonly first: string; readonly last: string }[];
  readonly hasDocstring: boolean;
  /** The text with comments blanked; lines and columns stay. */
  readonly withoutComments: string;
  /** The text with comments and strings blanked. */
  readonly code: string;
}

const venvPython = join(repoRoot, ".venv/bin/python");

/** Facts of each source, in order; throws with Python's own words when one does not parse. */
export function readPython(sources: readonly string[]): readonly PythonFacts[] {
  const run = spawnSync(
    existsSync(venvPython) ? venvPython : "python3",
    [join(repoRoot, "tests/support/python_source.py")],
    { input: JSON.stringify(sources), encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return JSON.parse(run.stdout) as readonly PythonFacts[];
}

let worker: ReadonlyMap<string, PythonFacts> | undefined;

/** Facts of every hand-written Python file of the worker, by path. */
export function workerFacts(): ReadonlyMap<string, PythonFacts> {
  if (worker === undefined) {
    const paths = pythonSources();
    const facts = readPython(paths.map(repoText));
    worker = new Map(paths.flatMap((path, index) => (facts[index] ? [[path, facts[index]]] : [])));
  }
  return worker;
}
