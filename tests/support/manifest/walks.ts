import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

export interface WalkOutcome {
  readonly cases: number;
  readonly items: number;
  readonly problems: number;
  readonly maxRssBytes: number;
  /** Over the ids of cases and of their items, in order. */
  readonly digest: string;
}

/**
 * Walks a generated data set, or keeps its rows as a run does, in a process whose objects have so much memory: one that
 * held them all would end.
 *
 * @param heapMiB - of V8's old space; typed arrays lie beside it.
 */
export function walkedAlone(
  way: "walk" | "collect",
  size: { readonly cases: number; readonly itemsPerCase: number; readonly heapMiB: number },
): WalkOutcome {
  const script = fileURLToPath(new URL("walk-child.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--max-old-space-size=${size.heapMiB}`,
      script,
      way,
      String(size.cases),
      String(size.itemsPerCase),
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as WalkOutcome;
}

/** The digest that a collected data set has to have. */
export function digestOf(cases: number, itemsPerCase: number): string {
  const hash = createHash("sha256");
  for (let at = 0; at < cases; at++) {
    const ids = Array.from({ length: itemsPerCase }, (_, part) => `question-${part * cases + at}`);
    hash.update(`case-${at}:${ids.join(",")}\n`);
  }
  return hash.digest("hex");
}
