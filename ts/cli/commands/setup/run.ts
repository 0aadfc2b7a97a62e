import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../../files/index.ts";
import type { Call, Outcome } from "../../words/command.ts";

/** What scripts/setup.mjs reports. */
interface SetupReport {
  readonly python: string;
  readonly node: string;
  readonly installed: readonly string[];
  readonly seconds: number;
}

interface SetupScript {
  setUp(options: { readonly sampler: boolean; readonly say: (line: string) => void }): Promise<SetupReport>;
}

/** `tomoe setup`: what `npm run setup` does in a clone, for an installed package. */
export async function setup({ flags, terminal }: Call): Promise<Outcome> {
  const { setUp } = await script<SetupScript>("setup.mjs");
  // It starts pip in process groups of its own, so Ctrl-C must be passed on by its own listener.
  const { passSignals } = await script<{ passSignals(): void }>("support/child.mjs");
  passSignals();
  const report = await setUp({ sampler: flags.has("sampler"), say: (line) => terminal.line(line) });
  return {
    document: { ok: true, ...report } as Outcome["document"],
    text: `Python ${report.python}\nNode ${report.node}`,
  };
}

async function script<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(packageRoot(), "scripts", name)).href)) as T;
}
