import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listCheckpoints, readMetrics, verifyCheckpoint } from "../../ts/track/read/index.ts";

/** Everything of a run that another run of the same seed must give again, with 0 tolerance. */
export interface RunNumbers {
  readonly scorecard: unknown;
  readonly predictions: readonly unknown[];
  /** Name and SHA-256 of every tensor file of the newest checkpoint. */
  readonly weights: readonly string[];
  /** "stage/step/name=value" of every result; what is measured (seconds) is left out. */
  readonly metrics: readonly string[];
}

export async function numbersOf(dir: string): Promise<RunNumbers> {
  const checkpoints = join(dir, "checkpoints");
  const newest =
    readdirSync(checkpoints)
      .filter((name) => /^\d/.test(name))
      .sort()
      .at(-1) ?? "";
  const manifest = JSON.parse(readFileSync(join(checkpoints, newest, "manifest.json"), "utf8")) as {
    readonly files: readonly { readonly name: string; readonly sha256: string }[];
  };
  const metrics = (await readMetrics(join(dir, "metrics"))).filter((metric) => metric.measured !== true);
  return {
    scorecard: (
      JSON.parse(readFileSync(join(dir, "scorecard.json"), "utf8")) as { readonly scorecard: unknown }
    ).scorecard,
    predictions: readFileSync(join(dir, "predictions.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
    weights: manifest.files
      .filter((file) => file.name.endsWith(".safetensors"))
      .map((file) => `${file.name}=${file.sha256}`),
    metrics: metrics.map(({ stage, step, name, value }) => `${stage}/${step}/${name}=${value}`).sort(),
  };
}

/** Steps that a run told as done, as "stage/step": each was on the disk before it was told. */
export function toldSteps(stderr: string): readonly string[] {
  return stderr.split(/\r?\n|\r/).flatMap((line) => {
    const [, stage, done] = /^(\S+)\s+\d+%\s+(\d+)\/\d+\s+loss/.exec(line) ?? [];
    return stage === undefined || done === undefined ? [] : [`${stage}/${Number(done) - 1}`];
  });
}

/** Steps that `stderr` told and the record of the run in `dir` does not hold. */
export async function lostSteps(stderr: string, dir: string): Promise<readonly string[]> {
  const recorded = new Set(
    (await readMetrics(join(dir, "metrics"))).map(({ stage, step }) => `${stage}/${step}`),
  );
  return toldSteps(stderr).filter((step) => !recorded.has(step));
}

/**
 * Files of a run folder that are not whole, each with what is wrong; the generated datasets and caches of an
 * unfinished run count too.
 */
export async function halfWritten(dir: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (/\.tmp|partial-|^\.tomoe-attempt\./.test(entry.name)) wrong.push(`${path} is unfinished`);
    else if (entry.isFile() && /\.(jsonl?|svg)$/.test(entry.name))
      wrong.push(...partOf(path, readFileSync(path, "utf8")));
  }
  for (const { dir: checkpoint } of await listCheckpoints(join(dir, "checkpoints")))
    await verifyCheckpoint(checkpoint).catch((error: unknown) => wrong.push(String(error)));
  return wrong;
}

function partOf(path: string, text: string): readonly string[] {
  if (path.endsWith(".svg")) return text.trimEnd().endsWith("</svg>") ? [] : [`${path} does not end`];
  try {
    if (path.endsWith(".json")) JSON.parse(text);
    else if (text !== "" && !text.endsWith("\n")) return [`${path} ends within a line`];
    else for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
    return [];
  } catch {
    return [`${path} is not JSON`];
  }
}

/** Process ids of live workers that carry `TOMOE_E2E=marker` in their environment. */
export function workerPids(marker: string): readonly number[] {
  return pidsOf("tomoe_worker", marker);
}

/** Process ids of live Python modules of ours that carry `TOMOE_E2E=marker` in their environment. */
export function pidsOf(module: "tomoe_worker" | "tomoe_sampler", marker: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(module) &&
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TOMOE_E2E=${marker}`) &&
          !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
        );
      } catch {
        return false; // gone between the listing and the reading
      }
    });
}
