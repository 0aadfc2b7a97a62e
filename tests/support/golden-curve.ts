/**
 * The golden curve of the toy recipe: every loss of every step, in tests/fixtures/curves/toy.json. On the kind of
 * machine that made it a run gives the same values to the last bit; elsewhere within a relative tolerance.
 * Started by itself (`node tests/support/golden-curve.ts`) this file runs the recipe and writes the curve anew; a line
 * in ts/recipes/LOG.md then has to say why, and name the digest.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMetrics } from "../../ts/track/read/index.ts";
import { repoRoot } from "./source-tree.ts";
import { toyRun } from "./toy-run.ts";

/** What decides the last bit of a sum: two machines that agree in all of it are of one kind. */
export interface MachineKind {
  readonly architecture: string;
  readonly vendor: string;
  /** Vector instructions of the processor, sorted. */
  readonly vectorFlags: readonly string[];
  /** What torch chose of them. */
  readonly cpuCapability: string;
  readonly torch: string;
  readonly threads: number;
}

export type Losses = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

export interface GoldenCurve {
  readonly recipe: string;
  readonly madeOn: MachineKind;
  /** Of a value, on machines of another kind. */
  readonly relativeTolerance: number;
  readonly digest: string;
  /** By stage and objective ("loss" is their weighted sum), a value a step. */
  readonly losses: Losses;
}

const file = join(repoRoot, "tests/fixtures/curves/toy.json");
/** 400 times what other vector instructions of one machine change over the curve (3e-6), and no more. */
const relativeTolerance = 1e-3;
const vectorFlag = /^(?:sse|ssse|avx|fma|f16c|bmi|amx|asimd|sve|neon|bf16)/;

export function goldenCurve(): GoldenCurve {
  return JSON.parse(readFileSync(file, "utf8")) as GoldenCurve;
}

/** Twelve hexadecimal digits that name a curve in LOG.md. */
export function digestOf(losses: Losses): string {
  return createHash("sha256").update(JSON.stringify(losses)).digest("hex").slice(0, 12);
}

/** The losses that a run recorded. */
export async function lossesOf(dir: string): Promise<Losses> {
  const losses: Record<string, Record<string, number[]>> = {};
  for (const { stage, name, step, value } of await readMetrics(join(dir, "metrics"))) {
    if (!/^loss(?:\.|$)/.test(name)) continue;
    losses[stage] ??= {};
    losses[stage][name] ??= [];
    losses[stage][name][step] = value;
  }
  return losses;
}

/** The kind of machine on which the run in `dir` was made. */
export function machineKind(dir: string): MachineKind {
  const [rank] = JSON.parse(readFileSync(join(dir, "environment.json"), "utf8")) as readonly {
    readonly environment: {
      readonly cpuCapability: string;
      readonly torch: string;
      readonly threads: number;
    };
  }[];
  if (rank === undefined) throw new Error(`${dir} has no environment`);
  const { cpuCapability, torch, threads } = rank.environment;
  const cpu = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const said = (name: RegExp): string => name.exec(cpu)?.[1]?.trim() ?? "";
  return {
    architecture: process.arch,
    vendor: said(/^(?:vendor_id|CPU implementer)\s*:(.*)$/m),
    vectorFlags: said(/^(?:flags|Features)\s*:(.*)$/m)
      .split(" ")
      .filter((flag) => vectorFlag.test(flag))
      .sort(),
    cpuCapability,
    torch,
    threads,
  };
}

/** Where a run leaves the golden curve, a line each; on the machine kind that made it any other bit counts. */
export function differences(golden: GoldenCurve, losses: Losses, kind: MachineKind): readonly string[] {
  const tolerance = JSON.stringify(kind) === JSON.stringify(golden.madeOn) ? 0 : golden.relativeTolerance;
  const names = (of: Losses): string[] =>
    Object.entries(of).flatMap(([stage, ofStage]) =>
      Object.entries(ofStage).map(([name, values]) => `${stage} ${name}, ${values.length} steps`),
    );
  if (names(losses).join() !== names(golden.losses).join())
    return [`the run has ${names(losses).join("; ")}`, `the curve has ${names(golden.losses).join("; ")}`];
  return Object.entries(golden.losses).flatMap(([stage, ofStage]) =>
    Object.entries(ofStage).flatMap(([name, values]) =>
      values.flatMap((value, step) => {
        const got = losses[stage]?.[name]?.[step] ?? Number.NaN;
        return Math.abs(got - value) <= tolerance * Math.abs(value)
          ? []
          : [`${stage} ${name} at step ${step}: ${got}, the curve has ${value} (tolerance ${tolerance})`];
      }),
    ),
  );
}

/** The largest relative difference of two curves of the same shape. */
export function largestDifference(a: Losses, b: Losses): number {
  return Math.max(
    ...Object.entries(a).flatMap(([stage, ofStage]) =>
      Object.entries(ofStage).flatMap(([name, values]) =>
        values.map(
          (value, step) => Math.abs((b[stage]?.[name]?.[step] ?? Number.NaN) - value) / Math.abs(value),
        ),
      ),
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  const toy = await toyRun("curve");
  const losses = await lossesOf(toy.document.dir);
  const before = existsSync(file) ? goldenCurve() : undefined;
  const curve: GoldenCurve = {
    recipe: "tests/fixtures/recipes/toy.ts",
    madeOn: machineKind(toy.document.dir),
    relativeTolerance,
    digest: digestOf(losses),
    losses,
  };
  toy.remove();
  // One list of values a line, so that a change shows where it begins.
  const text = JSON.stringify(curve, null, 1).replaceAll(
    /\[\s+([^\]]*?)\s+\]/g,
    (_list, values: string) => `[${values.replaceAll(/\s+/g, " ")}]`,
  );
  writeFileSync(file, `${text}\n`);
  if (before !== undefined)
    console.log(`largest relative difference from before: ${largestDifference(before.losses, losses)}`);
  console.log(`curve ${curve.digest}: say in ts/recipes/LOG.md why it is another one, with a date`);
}
