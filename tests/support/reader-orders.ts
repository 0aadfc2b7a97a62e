// One body stored in every order of its axes reads as one volume: the property that every format has to keep.
import { join } from "node:path";
import { readVolume } from "../../ts/data/index.ts";
import { bodyRas, shapeRas, storageOrders, storedBody } from "./stored-body.ts";
import type { VolumeExample } from "./volume-examples.ts";

/** Six orders of the axes, each of which may be turned round. */
export const storageCases: readonly {
  readonly order: readonly [number, number, number];
  readonly flips: readonly boolean[];
}[] = storageOrders.flatMap((order) =>
  Array.from({ length: 8 }, (_, turn) => ({ order, flips: [1, 2, 4].map((bit) => (turn & bit) !== 0) })),
);

/**
 * Writes the body in some of the orders and expects one volume of them all.
 *
 * @param every - each so many-th case, from `first` on.
 */
export async function expectOneVolume(
  example: VolumeExample,
  folder: string,
  { every, first }: { readonly every: number; readonly first: number },
): Promise<void> {
  for (const [index, { order, flips }] of storageCases.entries()) {
    if (index % every !== first % every) continue;
    const { path, options } = example.write(join(folder, `order-${index}`), storedBody(order, flips));
    const { voxels, ...volume } = await readVolume(path, options);
    expect(Buffer.from(voxels.buffer).equals(Buffer.from(bodyRas.buffer))).toBe(true);
    expect(volume.shapeDHW).toEqual([...shapeRas].reverse());
    expect(volume.spacingMmDHW).toEqual([4, 3, 2]);
    expect(volume.affineRas.slice(0, 3)).toEqual([
      [2, 0, 0, -50],
      [0, 3, 0, -100],
      [0, 0, 4, -150],
    ]);
    expect(volume.stackAxis).toBe(2 - (order[example.stackAxis ?? 2] ?? 0));
  }
}
