/** Looks at everything a run needs, each with a verdict and the command that mends it. */
import type { Check } from "./check.ts";
import type { WantedMemory } from "./machine-side.ts";
import { checkMachine, embeddedRecipe } from "./machine-side.ts";
import { checkNode } from "./node-side.ts";

export type { Check } from "./check.ts";

export interface DoctorOptions {
  readonly packageRoot: string;
  readonly runsDir: string;
  /** Leave torch unimported. */
  readonly isQuick: boolean;
  /** What the memory must hold; the embedded recipe when absent. */
  readonly wanted?: WantedMemory;
  readonly signal: AbortSignal;
}

/**
 * All checks, in the order in which they are best mended. Without the npm packages the rest cannot be looked
 * at.
 */
export async function examine(options: DoctorOptions): Promise<readonly Check[]> {
  const node = checkNode(options.packageRoot);
  if (node.some(({ verdict }) => verdict === "failed")) return node;
  // Its imports need those packages.
  const { checkPython } = await import("./python-side.ts");
  return [
    ...node,
    ...(await checkPython(options)),
    ...(await checkMachine(options.runsDir, options.wanted ?? embeddedRecipe)),
  ];
}
