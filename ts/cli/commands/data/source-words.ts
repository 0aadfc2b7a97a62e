import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Leak, OpenOptions } from "../../../data/sources/index.ts";
import { defined } from "../../../defined.ts";
import { TomoeError } from "../../../errors.ts";
import { isLayoutName, type LayoutName } from "../../../schema/tables/layouts.ts";
import type { Call, CommandSpec, Flags } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";

/** A data set as words name it. */
export interface NamedSource {
  /** Absolute. */
  readonly path: string;
  readonly layout?: LayoutName;
  readonly open: OpenOptions;
}

/**
 * PATH, `--layout`, `--scans` and `--columns` of a call.
 *
 * @throws TomoeError `USAGE_INVALID` for columns that are no pairs, or one of ours twice.
 */
export function namedSource(
  { arguments: [path = ""], flags }: Call,
  command: Pick<CommandSpec, "name">,
): NamedSource {
  const layout = flags.text("layout");
  const scans = flags.text("scans");
  return {
    path: resolve(path),
    ...(layout !== undefined && isLayoutName(layout) ? { layout } : {}),
    open: defined({
      scans: scans === undefined ? undefined : resolve(scans),
      columns: columnsOf(flags, command),
    }),
  };
}

function columnsOf(
  flags: Flags,
  command: Pick<CommandSpec, "name">,
): Readonly<Record<string, string>> | undefined {
  const given = flags.text("columns");
  if (given === undefined) return undefined;
  const pairs = given.split(",").map((pair) => pair.split("="));
  const names = pairs.map(([name = ""]) => name);
  const isPairs = pairs.every(
    ([name = "", value = "", ...more]) => name !== "" && value !== "" && more.length === 0,
  );
  if (!isPairs || new Set(names).size < names.length)
    throw usage(command, [`--columns takes pairs as case=study,image=file, found "${given}"`]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

const mostJobs = 64;

/** `--jobs`; undefined where nobody says. @throws TomoeError `USAGE_INVALID` for less than one or more than 64. */
export function jobsOf(flags: Flags, command: Pick<CommandSpec, "name">): number | undefined {
  const jobs = flags.integer("jobs");
  if (jobs === undefined || (jobs >= 1 && jobs <= mostJobs)) return jobs;
  throw usage(command, [`--jobs is 1 to ${mostJobs}, found ${jobs}`]);
}

/**
 * A file that is to be written and must not be there.
 *
 * @param what - who may be bound to one that is there.
 * @throws TomoeError `OUTPUT_EXISTS`.
 */
export function freshFile(
  name: string,
  { ending, what }: { readonly ending: string; readonly what: string },
): string {
  const out = resolve(name);
  if (!existsSync(out)) return out;
  throw new TomoeError("OUTPUT_EXISTS", `there is a ${out} already`, {
    hint: `Move it away, or give another name with --out FILE.${ending}: ${what}.`,
    details: { path: out },
  });
}

/** What splits share, in words. */
export function leakLine({ kind, splits, count }: Leak): string {
  return `leak: ${count} of kind ${kind} in ${splits.join(" and ")}`;
}

/** Where a command writes that nobody gave a folder: one for each data set and way to read it. */
export function usualFolder(kind: string, { path, layout, open }: NamedSource): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([path, layout ?? null, open]))
    .digest("hex");
  return resolve(join(kind, `${basename(path).replaceAll(/[^\w.-]/g, "_")}-${digest.slice(0, 6)}`));
}
