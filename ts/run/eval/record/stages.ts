import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type JsonValue, TomoeError } from "../../../errors.ts";
import {
  isMissing,
  jsonText,
  makeFolders,
  packageVersion,
  readFailure,
  type SpaceWaiter,
  writeWhole,
} from "../../../files/index.ts";
import { digestJson } from "../../../schema/digest.ts";
import { acquireLock, RowLog } from "../../../track/index.ts";
import { type Row, readRecord, readRows } from "../../../track/read/index.ts";

/** The stages of an evaluation, in their order. */
export const stageNames = ["generate", "extract", "score", "aggregate", "compare"] as const;
export type StageName = (typeof stageNames)[number];

/** Raised with any change of what a stage makes of the same inputs. */
const stageFormat = "tomoe.eval-stage/1";

/** What every stage of an evaluation is given. */
export interface StageWorld {
  /** Folder of the stages, which evaluations share. */
  readonly root: string;
  /** Stages that are done anew whatever is there. */
  readonly fresh: ReadonlySet<StageName>;
  readonly space: SpaceWaiter;
  readonly notice: (line: string) => void;
}

/** One part of a stage: what it is of decides where it lies. */
export interface StageWish {
  readonly name: StageName;
  /** What of the stage it is, e.g. "blank"; a word of a file name. */
  readonly part: string;
  /** Everything that its rows follow from. */
  readonly inputs: { readonly [name: string]: unknown };
}

/** A stage's part that is done. */
export interface StagePart {
  readonly name: StageName;
  readonly digest: string;
  readonly dir: string;
  readonly cached: boolean;
  readonly rows: readonly Row[];
  readonly failed: number;
  readonly seconds: number;
  /** What is no row. */
  readonly result: JsonValue;
}

const doneSchema = z.strictObject({
  format: z.literal(stageFormat),
  digest: z.string(),
  inputs: z.json(),
  rows: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  seconds: z.number(),
  /** SHA-256 over the rows' file. */
  sha256: z.string(),
  result: z.json(),
});

/** Where a stage that is not done yet writes. */
export interface OpenStage {
  readonly log: RowLog;
  readonly dir: string;
}

async function sha256Of(path: string): Promise<string> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch (cause) {
    if (isMissing(cause)) return createHash("sha256").digest("hex");
    throw readFailure(cause, { action: "read the rows", path });
  }
}

/** A row that stands for an item which could not be answered. */
export const isFailure = (row: Row): boolean => "error" in row;

async function readDone(wish: StageWish, digest: string, dir: string): Promise<StagePart> {
  const path = join(dir, "done.json"),
    rowsPath = join(dir, "rows.jsonl");
  const done = await readRecord(path, doneSchema);
  const rows = await readRows(rowsPath);
  if (done.digest !== digest || rows.length !== done.rows || (await sha256Of(rowsPath)) !== done.sha256)
    throw new TomoeError("RECORD_INVALID", `${rowsPath} is not what the stage "${wish.name}" wrote`, {
      hint: `It was changed afterwards: do it again with --from ${wish.name}.`,
      details: { path: rowsPath, stage: wish.name },
    });
  const { failed, seconds, result } = done;
  return { name: wish.name, digest, dir, cached: true, rows, failed, seconds, result: result as JsonValue };
}

/**
 * One part of a stage: read where it was done before, by whichever evaluation; else done, or what is missing of it.
 * Its folder is named by the digest of its inputs, so that nothing else can be mistaken for it.
 *
 * @param work - appends what is missing, and returns what is no row.
 * @throws TomoeError `LOCKED` where another process works on the same part; `RECORD_INVALID` where it was changed
 * afterwards; whatever `work` throws: its rows so far stay.
 */
export async function inStage(
  world: StageWorld,
  wish: StageWish,
  work: (stage: OpenStage) => Promise<JsonValue>,
): Promise<StagePart> {
  const inputs = {
    format: stageFormat,
    tomoe: packageVersion(),
    stage: wish.name,
    part: wish.part,
    ...wish.inputs,
  };
  const digest = digestJson(inputs, `the inputs of ${wish.name}`);
  const dir = join(world.root, `${wish.name}-${wish.part}-${digest.slice(0, 16)}`);
  const isFresh = world.fresh.has(wish.name);
  if (!isFresh && existsSync(join(dir, "done.json"))) return await readDone(wish, digest, dir);
  const started = performance.now();
  await makeFolders(dir, { space: world.space });
  const lock = await acquireLock(dir, world.notice);
  try {
    const path = join(dir, "rows.jsonl");
    if (isFresh) for (const file of ["done.json", "rows.jsonl"]) await rm(join(dir, file), { force: true });
    const log = await RowLog.open(path, {
      guard: () => lock.assertHeld(),
      notice: world.notice,
      space: world.space,
    });
    let result: JsonValue;
    try {
      result = await work({ log, dir });
    } finally {
      await log.close();
    }
    const rows = await readRows(path);
    const seconds = (performance.now() - started) / 1000;
    const failed = rows.filter(isFailure).length;
    const done = {
      format: stageFormat,
      digest,
      inputs,
      rows: rows.length,
      failed,
      seconds,
      sha256: await sha256Of(path),
      result,
    };
    await writeWhole(join(dir, "done.json"), jsonText(done), { space: world.space });
    return { name: wish.name, digest, dir, cached: false, rows, failed, seconds, result };
  } finally {
    await lock.release();
  }
}

/** What the document says of a stage: one digest over its parts, and their sums. */
export interface StageSummary {
  readonly name: StageName;
  readonly digest: string;
  readonly cached: boolean;
  readonly rows: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Sums up the parts of each stage, in the order of the stages. */
export function summarise(parts: readonly StagePart[]): readonly StageSummary[] {
  return stageNames.flatMap((name) => {
    const mine = parts.filter((part) => part.name === name);
    if (mine.length === 0) return [];
    const sum = (value: (part: StagePart) => number): number =>
      mine.reduce((total, part) => total + value(part), 0);
    return [
      {
        name,
        digest: digestJson(
          mine.map(({ digest }) => digest),
          `the parts of ${name}`,
        ),
        cached: mine.every(({ cached }) => cached),
        rows: sum(({ rows }) => rows.length),
        failed: sum(({ failed }) => failed),
        seconds: sum(({ seconds, cached }) => (cached ? 0 : seconds)),
      },
    ];
  });
}
