import { z } from "zod";
import { TomoeError } from "../../errors.ts";

/**
 * A table from 32-bit hashes to `width` numbers each, packed as base64 so that a checkpoint's JSON stays
 * small.
 */
export const packedTableSchema = z.strictObject({
  count: z.int().nonnegative(),
  width: z.int().nonnegative(),
  /** Value of one stored unit; every number is a whole multiple of it. */
  step: z.number().positive(),
  /** Per entry, little-endian: int32 hash, then `width` int16. */
  base64: z.string(),
});
export type PackedTable = z.infer<typeof packedTableSchema>;

const hashBytes = 4,
  numberBytes = 2,
  largest = 32_767;

/**
 * Packs entries in their order.
 *
 * @param width - numbers per entry.
 * @param step - every number is a whole multiple of it, of at most 32767 steps.
 * @throws TomoeError `INTERNAL` when a number does not fit.
 */
export function packTable(
  entries: readonly (readonly [hash: number, numbers: readonly number[]])[],
  width: number,
  step: number,
): PackedTable {
  const size = hashBytes + numberBytes * width;
  const view = new DataView(new ArrayBuffer(entries.length * size));
  for (const [at, [hash, numbers]] of entries.entries()) {
    view.setInt32(at * size, hash, true);
    for (let k = 0; k < width; k++) {
      const units = (numbers[k] ?? Number.NaN) / step;
      if (!Number.isInteger(units) || Math.abs(units) > largest) {
        throw new TomoeError(
          "INTERNAL",
          `entry ${at} of a packed table holds ${units * step}, which is no whole multiple of ${step} up to ${largest * step}`,
          {
            hint: "Train with a stronger decay, or fewer epochs.",
          },
        );
      }
      view.setInt16(at * size + hashBytes + numberBytes * k, units, true);
    }
  }
  return { count: entries.length, width, step, base64: Buffer.from(view.buffer).toString("base64") };
}

/**
 * The entries of a packed table, in their order.
 *
 * @throws TomoeError `CHECKPOINT_INVALID` when the bytes are not those of `count` entries.
 */
export function unpackTable(
  table: PackedTable,
): readonly (readonly [hash: number, numbers: readonly number[]])[] {
  const size = hashBytes + numberBytes * table.width;
  const bytes = Buffer.from(table.base64, "base64");
  if (bytes.length !== table.count * size) {
    throw new TomoeError(
      "CHECKPOINT_INVALID",
      `a packed table of ${table.count} entries needs ${table.count * size} bytes, ${bytes.length} are there`,
      {
        hint: "The router state was cut or edited: use the checkpoint as it was written.",
        details: { expectedBytes: table.count * size, foundBytes: bytes.length },
      },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from(
    { length: table.count },
    (_, at) =>
      [
        view.getInt32(at * size, true),
        Array.from(
          { length: table.width },
          (_unused, k) => view.getInt16(at * size + hashBytes + numberBytes * k, true) * table.step,
        ),
      ] as const,
  );
}
