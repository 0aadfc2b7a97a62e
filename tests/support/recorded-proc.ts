// Files of /proc and /sys as kernels write them, laid out in a folder; both languages read the same record.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GroupMemory } from "../../ts/process/proc/index.ts";
import { repoRoot } from "./source-tree.ts";

/** One system as it was recorded, and what its readers say of it. */
export interface RecordedSystem {
  readonly name: string;
  readonly files: { readonly [path: string]: string };
  readonly links?: { readonly [path: string]: string };
  /** Memory of the process's own group; null stands for "no limit". */
  readonly group?: { readonly [key in keyof GroupMemory]: number | null };
  /** Start time of each pid that lives; null of one that does not. */
  readonly processes?: { readonly [pid: string]: string | null };
  readonly descendants?: { readonly [pid: string]: readonly number[] };
  readonly pidSpace?: string;
}

/** All recorded systems. */
export function recordedSystems(): readonly RecordedSystem[] {
  return JSON.parse(
    readFileSync(join(repoRoot, "tests/fixtures/proc/recorded.json"), "utf8"),
  ) as readonly RecordedSystem[];
}

/** Writes the files of a system below `root`. */
export function layOut({ files, links = {} }: RecordedSystem, root: string): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, text);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(root + path), { recursive: true });
    symlinkSync(target, root + path);
  }
}
