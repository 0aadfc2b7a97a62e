import { z } from "zod";
import {
  type HuStatistics,
  huStatistics,
  inspectPath,
  type ReadOptions,
  readGrid,
} from "../../../data/index.ts";
import type { SourceCase } from "../../../data/sources/index.ts";
import { defined } from "../../../defined.ts";
import { isTomoeError, type TomoeError } from "../../../errors.ts";
import type { Intensity } from "../../../schema/tables/layouts.ts";
import { contentOf, type ScanStamp, sampleOf } from "./stamp.ts";

const triple = z.tuple([z.number(), z.number(), z.number()]);

const huStatisticsSchema: z.ZodType<HuStatistics> = z.strictObject({
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  p01: z.number(),
  p50: z.number(),
  p99: z.number(),
  shares: z.array(z.number()),
});

/** What reading a scan came to; one record of the ledger. */
export const scanVerdictSchema = z.strictObject({
  verdict: z.enum(["ok", "suspect", "refused"]),
  /** Every voxel was read; else the headers alone, and equal parts of scans were compared. */
  deep: z.boolean(),
  /** Why it is refused; null for one that is read. */
  refusal: z.strictObject({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  shapeDHW: triple.nullable(),
  spacingMmDHW: triple.nullable(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  hu: huStatisticsSchema.nullable(),
  /** Digest of parts of the bytes; null for a scan that is refused. */
  sample: z.string().nullable(),
  /** Digest of all bytes, where they were read. */
  content: z.string().nullable(),
  /** Digest of the bytes that voxels and headers were read of, as a receipt has it: of a series its slices in order. */
  source: z.string().nullable(),
});
export type ScanVerdict = z.infer<typeof scanVerdictSchema>;

/** How scans are looked at. */
export interface ScanCheck {
  readonly deep: boolean;
  readonly intensity: Intensity;
  readonly signal: AbortSignal;
}

/** Codes that say that the command is to end, not that a scan is bad. */
const ends: ReadonlySet<string> = new Set(["CANCELLED", "TERMINATED", "INTERNAL", "USAGE_INVALID"]);

/**
 * Reads a scan as far as it is asked for: its headers, or every voxel with the HU gate.
 *
 * @throws TomoeError `CANCELLED`, `INTERNAL`; whatever is wrong with the scan is its verdict.
 */
export async function checkScan(row: SourceCase, stamp: ScanStamp, check: ScanCheck): Promise<ScanVerdict> {
  const options: ReadOptions = {
    signal: check.signal,
    ...defined({ series: row.series, calibration: row.calibration }),
    ...(check.intensity === "picture" ? { picture: { low: -1000, high: 1000 } } : {}),
  };
  try {
    const sample = await sampleOf(stamp, check.signal);
    const grid = check.deep ? null : await readGrid(row.paths[0], options);
    if (grid === null) return await readDeeply(row, sample, stamp, options);
    const { shapeDHW, spacingMmDHW, warnings } = grid;
    return {
      verdict: "ok",
      deep: false,
      refusal: null,
      shapeDHW: [...shapeDHW],
      spacingMmDHW: [...spacingMmDHW],
      warnings: plainWarnings(warnings),
      hu: null,
      sample,
      content: null,
      source: null,
    };
  } catch (error) {
    if (!isTomoeError(error) || (ends.has(error.code) && !isWrongSeries(error, row))) throw error;
    return refusedScan(error, check.deep);
  }
}

/** `series` of a row that is no folder of series is a fault of the row. */
const isWrongSeries = (error: TomoeError, { series }: SourceCase): boolean =>
  error.code === "USAGE_INVALID" && series !== undefined;

async function readDeeply(
  row: SourceCase,
  sample: string,
  stamp: ScanStamp,
  options: ReadOptions,
): Promise<ScanVerdict> {
  let hu: HuStatistics | null = null;
  const read = await inspectPath(row.paths[0], {
    ...options,
    onVoxels: ({ voxels }) => {
      hu = huStatistics(voxels);
    },
  });
  // Of one file the receipt digests all bytes, of a header also those of the voxels beside it.
  const isOneFile = stamp.files.length === 1;
  return {
    verdict: read.hu.verdict,
    deep: true,
    refusal: null,
    shapeDHW: [...read.shapeDHW],
    spacingMmDHW: [...read.spacingMmDHW],
    warnings: plainWarnings(read.warnings),
    hu,
    sample,
    content: isOneFile ? read.receipt.sourceDigest : null,
    source: read.receipt.sourceDigest,
  };
}

const plainWarnings = (warnings: readonly { readonly code: string; readonly message: string }[]) =>
  warnings.map(({ code, message }) => ({ code, message }));

/** The verdict on a scan that is not read. */
export function refusedScan({ code, what, hint }: TomoeError, deep: boolean): ScanVerdict {
  return {
    verdict: "refused",
    deep,
    refusal: { code, message: what, hint },
    shapeDHW: null,
    spacingMmDHW: null,
    warnings: [],
    hu: null,
    sample: null,
    content: null,
    source: null,
  };
}

/** The digest of all bytes of a scan that another one may be equal to. */
export async function wholeContent(
  verdict: ScanVerdict,
  stamp: ScanStamp,
  signal: AbortSignal,
): Promise<string> {
  return verdict.content ?? (await contentOf(stamp, signal));
}
