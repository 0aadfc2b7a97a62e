import type { AxisSources } from "../../ts/data/volume/geometry.ts";
import type { LaidVolume, Layout } from "../../ts/data/volume/orient.ts";
import type { Volume } from "../../ts/schema/volume.ts";
import { storageOrders } from "./stored-body.ts";

/** A volume whose voxels lie in other stored axes, and what those are. */
export interface StoredOrder {
  readonly laid: LaidVolume & { readonly layout: Layout };
  readonly shapeXYZ: readonly [number, number, number];
  readonly sources: AxisSources;
}

/** The same volume in each of the 48 orders in which a file may store it, voxel by voxel and without the reader's help. */
export function laidVolumes({ voxels, ...volume }: Volume): readonly StoredOrder[] {
  const [depth, rows, columns] = volume.shapeDHW;
  const shapeRas = [columns, rows, depth] as const;
  return storageOrders.flatMap((order) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => {
      // Stored axis order[ras] is RAS axis ras.
      const sources = order.map((stored, ras) => ({ stored, flipped: ((bits >> ras) & 1) === 1 }));
      const shape = [0, 0, 0];
      sources.forEach(({ stored }, ras) => {
        shape[stored] = shapeRas[ras] ?? 0;
      });
      const [x = 0, y = 0, z = 0] = shape;
      const at = (ras: readonly number[]): number => {
        const index = [0, 0, 0];
        sources.forEach(({ stored, flipped }, axis) => {
          const place = ras[axis] ?? 0;
          index[stored] = flipped ? (shapeRas[axis] ?? 0) - 1 - place : place;
        });
        return (index[0] ?? 0) + x * ((index[1] ?? 0) + y * (index[2] ?? 0));
      };
      const stored = voxels.slice();
      let from = 0;
      for (let d = 0; d < depth; d++)
        for (let h = 0; h < rows; h++)
          for (let w = 0; w < columns; w++) stored[at([w, h, d])] = voxels[from++] ?? 0;
      const start = at([0, 0, 0]);
      const step = (ras: readonly number[], length: number): number => (length > 1 ? at(ras) - start : 0);
      const steps = [step([0, 0, 1], depth), step([0, 1, 0], rows), step([1, 0, 0], columns)] as const;
      return {
        laid: { ...volume, voxels: stored, layout: { start, steps } },
        shapeXYZ: [x, y, z] as const,
        sources: sources as unknown as AxisSources,
      };
    }),
  );
}
