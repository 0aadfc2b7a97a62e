/** Who imports whom, in both languages, and the circles in it. */
import { posix } from "node:path";
import { workerFacts } from "./python-source.ts";
import { repoFiles, repoText, tsSources } from "./source-tree.ts";
import { type ImportLine, tsImports } from "./ts-source.ts";

export interface Edge {
  readonly from: string;
  /** A path from the root for a file of ours, else the package as it is written. */
  readonly to: string;
  readonly found: ImportLine;
}

export interface PythonEdge {
  readonly from: string;
  /** Dotted module, from the package on: "tomoe_worker.model.lift.moe", "numpy". */
  readonly to: string;
  readonly names: readonly string[];
  readonly line: number;
  readonly isTypeOnly: boolean;
}

/** Imports of ts/, generated code among it: `inner` between its files, `outer` of packages and of Node. */
export function tsEdges(): { readonly inner: readonly Edge[]; readonly outer: readonly Edge[] } {
  const generated = repoFiles().filter((path) => /^ts\/(?:.+\/)?gen\/.*\.ts$/.test(path));
  const edges = [...tsSources(), ...generated].flatMap((from) =>
    tsImports(repoText(from)).map((found): Edge => ({ from, to: found.specifier, found })),
  );
  return {
    inner: edges
      .filter(({ to }) => to.startsWith("."))
      .map((edge) => ({ ...edge, to: posix.join(posix.dirname(edge.from), edge.to) })),
    outer: edges.filter(({ to }) => !to.startsWith(".")),
  };
}

/** Imports of the worker, relative ones written out. */
export function pythonEdges(): readonly PythonEdge[] {
  return [...workerFacts()].flatMap(([from, { imports }]) =>
    imports.flatMap(({ module, names, line, isTypeOnly }) => {
      const to = absolute(from, module);
      // `from tomoe_worker import spec` names its modules after the import word.
      const modules = to === "tomoe_worker" && names.length > 0 ? names.map((name) => `${to}.${name}`) : [to];
      return modules.map((target) => ({ from, to: target, names, line, isTypeOnly }));
    }),
  );
}

function absolute(path: string, module: string): string {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  if (dots === 0) return module;
  const folders = path.replace(/^py-runtime\//, "").split("/");
  return [...folders.slice(0, folders.length - dots), ...module.slice(dots).split(".")]
    .filter((part) => part !== "")
    .join(".");
}

/** The same edges between files of the worker: a module's, or those of the modules it names. */
export function pythonFileEdges(): readonly (PythonEdge & { readonly file: string })[] {
  const files = new Set(workerFacts().keys());
  const fileOf = (module: string): string | undefined => {
    const base = `py-runtime/${module.replaceAll(".", "/")}`;
    return [`${base}.py`, `${base}/__init__.py`].find((path) => files.has(path));
  };
  return pythonEdges().flatMap((edge) => {
    const named = edge.names.map((name) => fileOf(`${edge.to}.${name}`)).filter((file) => file !== undefined);
    const own = fileOf(edge.to);
    const targets = named.length > 0 ? named : own === undefined ? [] : [own];
    return targets.filter((file) => file !== edge.from).map((file) => ({ ...edge, file }));
  });
}

/** Circles in a graph, each as "a -> b -> a", by depth-first search. */
export function cyclesOf(edges: readonly (readonly [string, string])[]): string[] {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const finished = new Set<string>(),
    path: string[] = [],
    cycles: string[] = [];
  const visit = (node: string): void => {
    if (path.includes(node)) {
      cycles.push([...path.slice(path.indexOf(node)), node].join(" -> "));
      return;
    }
    if (finished.has(node)) return;
    path.push(node);
    for (const to of next.get(node) ?? []) visit(to);
    path.pop();
    finished.add(node);
  };
  for (const node of next.keys()) visit(node);
  return cycles;
}
