import { crc32 } from "node:zlib";
import type { MetricGrid } from "../record/metric-grid.ts";

/**
 * The index of one segment of the record of metrics: every series of it as columns, with summaries of 256 points each.
 * It is made from the segment alone, and may be deleted at any time.
 *
 * Layout, little endian: length of the header (u32), CRC-32 of all behind it (u32), the header as JSON padded with
 * blanks to 8 bytes; then for each series steps and values (f64 each) and the summaries (first step, last step, least
 * and greatest value, f64 each).
 */
export const indexFormat = "tomoe.metric-index/1";

/** Points that one summary is of. */
export const pointsABlock = 256;
const numbersABlock = 4;

/** A series of one segment. */
export interface SegmentSeries {
  readonly stage: string;
  readonly name: string;
  /** In the order recorded. */
  readonly steps: Float64Array;
  readonly values: Float64Array;
  /** For each block: first step, last step, least and greatest value; both NaN where all of it is NaN. */
  readonly blocks: Float64Array;
  /** Steps only rise: a summary covers what lies between its first and its last. */
  readonly isRising: boolean;
}

interface Growing {
  readonly stage: string;
  readonly name: string;
  readonly steps: number[];
  readonly values: number[];
}

/** Collects the series of a segment, grid by grid. */
export class SeriesCollector {
  readonly #series = new Map<string, Growing>();

  add({ stage, names, steps, values }: MetricGrid): void {
    for (const [column, name] of names.entries()) {
      const key = `${stage}\n${name}`;
      let series = this.#series.get(key);
      if (series === undefined) {
        series = { stage, name, steps: [], values: [] };
        this.#series.set(key, series);
      }
      const of = values[column] ?? [];
      for (let row = 0; row < steps.length; row += 1) {
        series.steps.push(steps[row] ?? 0);
        series.values.push(of[row] ?? Number.NaN);
      }
    }
  }

  series(): readonly SegmentSeries[] {
    return [...this.#series.values()].map(({ stage, name, steps, values }) => ({
      stage,
      name,
      ...summarized(Float64Array.from(steps), Float64Array.from(values)),
    }));
  }
}

function summarized(steps: Float64Array, values: Float64Array): Omit<SegmentSeries, "stage" | "name"> {
  const count = Math.ceil(steps.length / pointsABlock);
  const blocks = new Float64Array(count * numbersABlock);
  let isRising = true;
  for (let block = 0; block < count; block += 1) {
    const from = block * pointsABlock,
      to = Math.min(steps.length, from + pointsABlock);
    let low = Number.NaN,
      high = Number.NaN;
    for (let at = from; at < to; at += 1) {
      const value = values[at] ?? Number.NaN;
      // Comparisons with NaN are false: the first number takes the place of it.
      if (!(value >= low)) low = Number.isNaN(value) ? low : value;
      if (!(value <= high)) high = Number.isNaN(value) ? high : value;
      if (at > 0 && !((steps[at] ?? 0) > (steps[at - 1] ?? 0))) isRising = false;
    }
    blocks.set([steps[from] ?? 0, steps[to - 1] ?? 0, low, high], block * numbersABlock);
  }
  return { steps, values, blocks, isRising };
}

/** The index file of a segment of `segmentBytes` bytes. */
export function encodeIndex(series: readonly SegmentSeries[], segmentBytes: number): Buffer {
  const rows = series.map(({ stage, name, steps, isRising }) => ({
    stage,
    name,
    points: steps.length,
    isRising,
  }));
  const text = JSON.stringify({ format: indexFormat, segmentBytes, series: rows });
  const length = Math.ceil(Buffer.byteLength(text) / 8) * 8;
  const header = Buffer.alloc(length, " ");
  header.write(text);
  const columns = series.flatMap(({ steps, values, blocks }) =>
    [steps, values, blocks].map((column) => Buffer.from(column.buffer, column.byteOffset, column.byteLength)),
  );
  const behind = Buffer.concat([header, ...columns]);
  const front = Buffer.alloc(8);
  front.writeUInt32LE(length, 0);
  front.writeUInt32LE(crc32(behind), 4);
  return Buffer.concat([front, behind]);
}

interface Row {
  readonly stage: string;
  readonly name: string;
  readonly points: number;
  readonly isRising: boolean;
}

function headerOf(
  bytes: Uint8Array,
  length: number,
): { segmentBytes: unknown; series: readonly Row[] } | undefined {
  try {
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString("utf8"));
    return header.format === indexFormat && Array.isArray(header.series) ? header : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads an index file.
 *
 * @param segmentBytes - how long the segment is now.
 * @returns undefined where it is of another length, another version or damaged: it is then made anew.
 */
export function decodeIndex(bytes: Uint8Array, segmentBytes: number): readonly SegmentSeries[] | undefined {
  if (bytes.byteLength < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  if (8 + length > bytes.byteLength || crc32(bytes.subarray(8)) !== view.getUint32(4, true)) return undefined;
  const header = headerOf(bytes, length);
  if (header?.segmentBytes !== segmentBytes) return undefined;
  // Columns are looked at in place, which asks for their alignment.
  const whole = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  let at = whole.byteOffset + 8 + length;
  const column = (numbers: number): Float64Array => {
    const found = new Float64Array(whole.buffer, at, numbers);
    at += numbers * 8;
    return found;
  };
  return header.series.map(({ stage, name, points, isRising }) => ({
    stage,
    name,
    isRising,
    steps: column(points),
    values: column(points),
    blocks: column(Math.ceil(points / pointsABlock) * numbersABlock),
  }));
}
