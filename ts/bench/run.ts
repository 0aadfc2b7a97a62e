import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isTomoeError, TomoeError } from "../errors.ts";
import { writeFailure } from "../files/index.ts";
import type { BenchRow } from "./rows.ts";
import { documentOf, lineOf, missedTargets } from "./rows.ts";

type Benchmark = (note: (line: string) => void) => Promise<readonly BenchRow[]>;

/** Every benchmark by name; loaded when it is run. */
const benchmarks: { readonly [name: string]: () => Promise<Benchmark> } = {
  "cache.epoch": async () => (await import("./cache/epoch.ts")).benchCacheEpoch,
  "depth.scaling": async () => (await import("./depth-scaling.ts")).benchDepthScaling,
  "manifest.scale": async () => (await import("./manifest/scale.ts")).benchManifestScale,
  "prep.volume": async () => (await import("./prep/volume.ts")).benchPrepVolume,
  "route.hard": async () => (await import("./route-hard.ts")).benchRouteHard,
  "shared.volume": async () => (await import("./volume/shared.ts")).benchSharedVolume,
  "tracker.ingest": async () => (await import("./tracker/tracker.ts")).benchTrackerIngest,
  "tracker.query": async () => (await import("./tracker/tracker.ts")).benchTrackerQuery,
  "transport.tensor": async () => (await import("./transport-tensor.ts")).benchTransportTensor,
};

/**
 * Runs the named benchmarks: `NAME... [--json FILE]`. Rows go to stdout, one line each; progress to stderr.
 *
 * @returns 0 when every target holds, 1 when one is missed.
 * @throws TomoeError `USAGE_INVALID` for no name, an unknown name or option; `OUTPUT_CREATE` when FILE cannot
 * be written; what a benchmark raises.
 */
export async function runBenchmarks(
  args: readonly string[],
  print: (line: string) => void,
  note: (line: string) => void,
): Promise<0 | 1> {
  const { names, json } = readArguments(args);
  const rows: BenchRow[] = [];
  for (const name of names) {
    const measured = await (await benchmarks[name]?.())?.(note);
    for (const row of measured ?? []) print(lineOf(row));
    rows.push(...(measured ?? []));
  }
  if (json !== undefined) writeRows(json, rows);
  return rows.every((row) => missedTargets(row).length === 0) ? 0 : 1;
}

function readArguments(args: readonly string[]): {
  readonly names: readonly string[];
  readonly json: string | undefined;
} {
  const known = Object.keys(benchmarks).join(", ");
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "string" } },
    });
    const unknown = positionals.find((name) => !Object.hasOwn(benchmarks, name));
    if (unknown !== undefined)
      throw new TomoeError("USAGE_INVALID", `there is no benchmark ${unknown}`, {
        hint: `There is: ${known}.`,
      });
    if (positionals.length === 0)
      throw new TomoeError("USAGE_INVALID", "no benchmark named", {
        hint: `Name one or more: ${known}.`,
      });
    return { names: positionals, json: values.json };
  } catch (cause) {
    if (isTomoeError(cause)) throw cause;
    throw new TomoeError("USAGE_INVALID", cause instanceof TypeError ? cause.message : String(cause), {
      hint: "It takes names of benchmarks and --json FILE.",
      cause,
    });
  }
}

function writeRows(file: string, rows: readonly BenchRow[]): void {
  try {
    writeFileSync(file, `${JSON.stringify(documentOf(rows), null, 1)}\n`);
  } catch (cause) {
    throw writeFailure(cause, { action: "write the measurements", path: file, setBy: "--json" });
  }
}
