import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ResolvedExperiment } from "../../config/index.ts";
import type { JsonValue } from "../../errors.ts";
import { filesBelow, jsonText, makeFolders, packageRoot, writeWhole } from "../../files/index.ts";
import { digestJson } from "../../schema/digest.ts";
import { effects, type StageOutcome } from "./outcome.ts";

const names = z.array(z.string());
const outcomeSchema = z.strictObject({
  stage: z.string(),
  path: z.string(),
  secondsPerStep: z.number(),
  unreached: names,
  still: names,
  stray: names,
  idle: names,
  options: z.array(
    z.strictObject({
      path: z.string(),
      tried: z.json(),
      effect: z.enum(effects),
      change: z.number().nullable(),
    }),
  ),
});
const keptSchema = z.strictObject({ runId: z.string(), stages: z.array(outcomeSchema) });

/** Trials as they were made once, and by which run. */
export interface KeptTrials {
  readonly runId: string;
  readonly stages: readonly StageOutcome[];
}

/**
 * Where trials of this recipe by this code are kept: everything but the seed and the name decides, the data, what it runs
 * on, and the code of the worker, of the trials and of the routing.
 *
 * @param facts - of data and machine.
 */
export async function placeOfTrials(
  cache: string,
  { config }: Pick<ResolvedExperiment, "config">,
  facts: { readonly [fact: string]: JsonValue },
): Promise<string> {
  const { name: _name, seed: _seed, ...recipe } = config;
  const plain = JSON.parse(JSON.stringify(recipe)) as JsonValue;
  const key = digestJson({ recipe: plain, facts, code: await codeDigest() }, "the key of a recipe's trials");
  return join(cache, "knobs", `${key}.json`);
}

/** SHA-256 over names and bytes of the code that a trial's result follows from. */
async function codeDigest(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = packageRoot();
  const digest = createHash("sha256");
  for (const folder of [join(root, "py-runtime", "tomoe_worker"), here, join(here, "..", "..", "router")])
    for (const { path } of await filesBelow(folder)) {
      const name = path.toString();
      if (/\.(?:py|ts|js)$/.test(name)) digest.update(relative(root, name)).update(await readFile(name));
    }
  return digest.digest("hex");
}

/** Trials that were kept; undefined where there are none, or what is there is none: they are then made anew. */
export async function readTrials(place: string): Promise<KeptTrials | undefined> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(place, "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Keeps trials for the next run of the recipe.
 *
 * @throws TomoeError of a disk that refuses it.
 */
export async function keepTrials(place: string, trials: KeptTrials): Promise<void> {
  await makeFolders(dirname(place));
  await writeWhole(place, jsonText(trials));
}
