// Damaged tables: bytes of good ones bent, cut, doubled and left out, by a seed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isTomoeError } from "../../../ts/errors.ts";
import { readTable, tablesByPyarrow } from "./tables.ts";

export interface CampaignOutcome {
  /** What must not happen, one line each. */
  readonly faults: readonly string[];
  /** Tables that gave every row, some of them, and none. */
  readonly whole: number;
  readonly part: number;
  readonly none: number;
  /** Bytes that the process grew by at most. */
  readonly memoryGrowth: number;
}

/** A number of 0..1 by seed and turn, as mulberry32 gives it. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy of a table; every second damage is in its last part, where the footer is. */
export function damagedCopy(bytes: Buffer, seed: number, most = bytes.length): Buffer {
  const next = random(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const copy = Buffer.from(bytes);
  const from = most === bytes.length && next() < 0.5 ? Math.max(0, most - 4000) : 4;
  const at = from + below(most - from);
  const how = below(6);
  if (how === 0) return copy.subarray(0, at);
  if (how === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + below(8))]);
  if (how === 2) return Buffer.concat([copy.subarray(0, at), Buffer.from([below(256)]), copy.subarray(at)]);
  if (how === 3) copy.fill(below(2) * 255, at, Math.min(most, at + 1 + below(8)));
  else for (let count = 1 + below(3); count > 0; count--) copy[from + below(most - from)] = below(256);
  return copy;
}

/**
 * Reads damaged tables number `from` to `to` and says what went wrong: an error that is no problem of the table, a row
 * that is told and given, one beyond the table's; of pages with checksums, a row that is not as it was written.
 */
export async function parquetCampaign(folder: string, from: number, to: number): Promise<CampaignOutcome> {
  const { names, expected } = tablesByPyarrow(folder, 40);
  const tables = names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  const path = join(folder, "damaged");
  const faults: string[] = [];
  const count = { whole: 0, part: 0, none: 0 };
  let memoryGrowth = 0;
  const before = process.memoryUsage().rss;
  for (let seed = from; seed < to; seed++) {
    const { name, bytes } = tables[seed % tables.length] ?? { name: "", bytes: Buffer.alloc(0) };
    const hasSums = name.startsWith("zstd");
    // The footer has no checksum: where rows are compared only pages are damaged.
    const pages = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    writeFileSync(path, damagedCopy(bytes, seed, hasSums ? pages : bytes.length));
    try {
      const { rows, problems } = await readTable(path);
      const wrong = problems.find(({ code }) => code !== "DATA_MANIFEST" && code !== "DATA_UNSUPPORTED");
      if (wrong !== undefined) faults.push(`${seed} ${name}: problem ${wrong.code}`);
      if (rows.size < expected.length && problems.length === 0 && hasSums)
        faults.push(`${seed} ${name}: ${rows.size} rows and no problem`);
      for (const [row, values] of rows)
        if (hasSums && !isDeepStrictEqual(JSON.parse(JSON.stringify(values)), expected[row - 1]))
          faults.push(`${seed} ${name}: row ${row} is another`);
      count[rows.size === 0 ? "none" : problems.length > 0 ? "part" : "whole"]++;
    } catch (error) {
      faults.push(`${seed} ${name}: ${isTomoeError(error) ? error.message : String((error as Error).stack)}`);
    }
    memoryGrowth = Math.max(memoryGrowth, process.memoryUsage().rss - before);
  }
  return { faults, ...count, memoryGrowth };
}
