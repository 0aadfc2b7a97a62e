import { batchAt, type CachedCase, casesOf } from "../../../ts/data/dataset/index.ts";
import { datasetOf } from "../../../ts/data/sources/collect.ts";
import { sourceFor } from "../../../ts/data/sources/layouts.ts";
import type { Batch } from "../../../ts/schema/batch.ts";

/** Opens a data set of one's own and makes the batches of every rank, step by step. */
export async function batchesOf(
  folder: string,
  worldSize: number,
  steps: number,
): Promise<readonly (readonly Batch[])[]> {
  const dataset = await datasetOf(await sourceFor("table").open(folder), {
    reportRequest: "Please report.",
    ignoresSplits: false,
  });
  const cases = casesOf(dataset, "train");
  const cached = new Map<string, CachedCase>(
    cases.map(({ row }, at) => [
      row.case,
      {
        volumeId: `v-${row.case}`,
        tensor: { path: "rows", offsetBytes: 0, lengthBytes: 1, crc32: at },
        row: at,
        hasPatchLabels: false,
      } as unknown as CachedCase,
    ]),
  );
  const rule = {
    order: { seed: 7, corpusFingerprint: dataset.fingerprint, stage: "shared" },
    cases,
    cached,
    facts: [],
    words: [],
    volumesPerStep: 12,
    itemsPerVolume: 3,
    reportTokenWeight: 1,
    tasks: ["report", "closed-vqa", "open-vqa"] as const,
    route: ({ task }: { readonly task: "report" | "closed-vqa" | "open-vqa" }) => task,
    withItems: true,
  };
  return Array.from({ length: steps }, (_, step) =>
    Array.from({ length: worldSize }, (_, rank) => batchAt(rule, step, rank, worldSize)),
  );
}
