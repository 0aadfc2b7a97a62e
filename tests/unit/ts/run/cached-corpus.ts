// The material of `fixtures.ts` with voxels that are there: slice s of case number n holds 100 n + s everywhere.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CachedCase } from "../../../../ts/data/dataset/index.ts";
import type { Corpus } from "../../../../ts/run/prepare/material.ts";
import { encodeTensors } from "../../../../ts/tensor/index.ts";
import { corpusOf, datasetOf } from "./fixtures.ts";

const [depth, height, width] = [16, 24, 24] as const;

/** Held-out volumes that can be read, and `heldOut` slices beside the 2D set. */
export function cachedCorpus(folder: string, heldOut = 0): Corpus {
  const corpus = corpusOf();
  const names = [...corpus.cached.keys()];
  const data = new Int16Array(names.length * depth * height * width);
  for (const [row, name] of names.entries()) {
    const number = Number(name.split("-").at(-1));
    for (let slice = 0; slice < depth; slice += 1) {
      const from = (row * depth + slice) * height * width;
      data.fill(100 * number + slice, from, from + height * width);
    }
  }
  const shape = [depth, height, width];
  const pieces = encodeTensors([
    { name: "volume", dtype: "int16", rows: names.length, shape, dimNames: ["d", "h", "w"], data },
  ]);
  writeFileSync(join(folder, "a.arrow"), Buffer.concat([...pieces]));
  const slices = datasetOf({ train: 6, test: heldOut }, { name: "slices", patchClasses: ["air", "tissue"] });
  const cases = slices.cases.map((entry) =>
    entry.row.split === "test" ? { ...entry, row: { ...entry.row, split: "validation" as const } } : entry,
  );
  const [any] = corpus.cached.values();
  const cached = new Map<string, CachedCase>(corpus.cached);
  for (const { row } of cases)
    if (!cached.has(row.case) && any !== undefined)
      cached.set(row.case, { ...any, volumeId: `id of ${row.case}` });
  return { ...corpus, cacheDir: folder, cached, slices: { ...slices, cases } };
}
