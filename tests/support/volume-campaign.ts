// Reads damaged scans, one after the other, in a process of its own; prints one JSON document of what came of them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { peakKiB } from "../../ts/bench/prep/way.ts";
import { readVolume } from "../../ts/data/index.ts";
import { isTomoeError } from "../../ts/errors.ts";
import { type Example, exampleOf, examples, volumeMutant } from "./volume-mutants.ts";

export interface CampaignJob {
  /** Folder to write mutants and voxels into. */
  readonly out: string;
  readonly from: number;
  readonly to: number;
  /** Of the accepted ones every n-th is kept for the oracle; 0 for none. */
  readonly keepEvery: number;
  /** Examples by the beginning of their names; all when absent. */
  readonly only?: string;
}

export interface CampaignResult {
  readonly codes: Readonly<Record<string, number>>;
  /** What must not be: an error that is not typed, our own bug, a mutant that takes over 5 s. */
  readonly faults: readonly string[];
  readonly kept: readonly KeptMutant[];
  /** Over the first hundred, in bytes. */
  readonly memoryGrowth: number;
}

/** A mutant that was read: its file, its voxels as stored, and what turns them round. */
export interface KeptMutant {
  readonly number: number;
  readonly file: string;
  readonly raw: string;
  readonly dtype: string;
  readonly shapeDHW: readonly number[];
  readonly storedAxisOfRAS: unknown;
  readonly flipped: unknown;
}

const mostSeconds = 5;
/** Reads before memory is measured, so that code and caches are there. */
const warmUp = 100;

async function read(
  path: string,
  number: number,
  example: Example,
  job: CampaignJob,
): Promise<string | KeptMutant> {
  try {
    const { voxels, shapeDHW, receipt } = await readVolume(path, {
      ...example.options,
      huGate: "record",
      maxBytes: 1 << 26,
    });
    if (job.keepEvery === 0 || number % job.keepEvery !== 0) return "read";
    const raw = join(job.out, `${number}.raw`);
    writeFileSync(raw, new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength));
    const orient = receipt.steps.find(({ step }) => step === "orient");
    const dtype = voxels.BYTES_PER_ELEMENT === 2 ? "<i2" : "<f4";
    return {
      number,
      file: path,
      raw,
      dtype,
      shapeDHW,
      storedAxisOfRAS: orient?.storedAxisOfRAS,
      flipped: orient?.flipped,
    };
  } catch (error) {
    if (isTomoeError(error)) return error.code;
    return `not typed: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`;
  }
}

async function campaign(job: CampaignJob): Promise<CampaignResult> {
  const chosen = examples.filter(({ name }) => name.startsWith(job.only ?? ""));
  const codes: Record<string, number> = {};
  const faults: string[] = [];
  const kept: KeptMutant[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let number = job.from; number < job.to; number++) {
    const example = exampleOf(number, chosen);
    const name = job.keepEvery > 0 && number % job.keepEvery === 0 ? String(number) : "mutant";
    const path = join(job.out, `${name}${example.extension}`);
    writeFileSync(path, volumeMutant(number, chosen));
    const begun = process.cpuUsage();
    const found = await read(path, number, example, job);
    const { user, system } = process.cpuUsage(begun);
    const code = typeof found === "string" ? found : "read";
    codes[code] = (codes[code] ?? 0) + 1;
    if (typeof found !== "string") kept.push(found);
    if (!/^(?:read|DATA_[A-Z_]+)$/.test(code)) faults.push(`mutant ${number} of ${example.name}: ${code}`);
    if (user + system > mostSeconds * 1e6)
      faults.push(`mutant ${number} of ${example.name}: over ${mostSeconds} s`);
    // What is garbage is no memory that a reader needs.
    if (number % 192 === 0) globalThis.gc?.();
    if (number - job.from === warmUp) least = peakKiB();
  }
  return { codes, faults, kept, memoryGrowth: (peakKiB() - least) * 1024 };
}

const parts: Buffer[] = [];
for await (const part of process.stdin) parts.push(part);
const job = JSON.parse(Buffer.concat(parts).toString("utf8")) as CampaignJob;
process.stdout.write(JSON.stringify(await campaign(job)));
