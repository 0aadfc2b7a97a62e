// Rows of every layout in the cache of a project: what a run would read of its shards, to the bit.
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  openRows,
  openShard,
  type PreprocessConfig,
  rowsFolder,
  type ShardCase,
} from "../../ts/data/index.ts";
import { checkedRows, sourceFor } from "../../ts/data/sources/index.ts";
import { defined } from "../../ts/defined.ts";
import type { LayoutName } from "../../ts/schema/tables/layouts.ts";
import { decodeTensors } from "../../ts/tensor/index.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../support/ct-series.ts";
import { ctRateExample, ctRateV1Example } from "../support/layouts/ct-rate.ts";
import type { WriteExample } from "../support/layouts/example.ts";
import { m3dCapExample, m3dVqaExample } from "../support/layouts/m3d.ts";
import { clinFusionExample, radGenomeExample, threeDRadExample } from "../support/layouts/on-ct-rate.ts";
import { amosMmExample, deepTumorVqaExample, messagesExample } from "../support/layouts/others.ts";
import { phantomExample, tableExample } from "../support/layouts/own.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
const fresh = (): string => mkdtempSync(join(root, "set-"));

/** A new layout does not compile without one. */
const examples: { readonly [L in LayoutName]: WriteExample } = {
  "m3d-cap": m3dCapExample,
  "m3d-vqa": m3dVqaExample,
  "ct-rate": ctRateExample,
  "ct-rate-v1": ctRateV1Example,
  "radgenome-chestct": radGenomeExample,
  "3d-rad": threeDRadExample,
  "amos-mm": amosMmExample,
  deeptumorvqa: deepTumorVqaExample,
  "clinfusion-3d": clinFusionExample,
  messages: messagesExample,
  table: tableExample,
  phantom: phantomExample,
};

const plain: PreprocessConfig = {
  sizeDHW: [4, 12, 12],
  windowHu: { low: -1000, high: 1000 },
  stack: "acquired",
};

/** Cases of a data set whose scans can be read, and what their voxels are. */
async function casesOf(
  layout: LayoutName,
): Promise<{ readonly cases: ShardCase[]; readonly config: PreprocessConfig }> {
  const { path, options } = await examples[layout](fresh());
  const source = await sourceFor(layout).open(path, options);
  const cases: ShardCase[] = [];
  for await (const found of checkedRows(source, { keepsLeaks: true })) {
    if (found.kind !== "case") continue;
    const { id, paths, series, calibration, slice } = found.row;
    cases.push({ id, path: paths[0], ...defined({ series, calibration, slice }) });
  }
  const config = source.schema.intensity === "picture" ? { ...plain, intensity: "picture" as const } : plain;
  return { cases, config };
}

const volumesIn = (path: string, lengthBytes: number): Int16Array => {
  const column = decodeTensors(readFileSync(path).subarray(0, lengthBytes)).find(
    ({ name }) => name === "volume",
  );
  if (column?.dtype !== "int16") throw new Error("no volumes");
  return column.data;
};

/** Compares rows with the shard of the same cases. */
async function compared(cases: readonly ShardCase[], config: PreprocessConfig): Promise<number> {
  const wish = { cases, config, preprocessDigest: "c".repeat(64) };
  const cache = fresh();
  const shard = await openShard({ ...wish, folder: fresh() });
  const all = volumesIn(shard.path, shard.lengthBytes);
  const { rows } = await openRows({ ...wish, cache, lanes: 1 });
  const length = all.length / cases.length;
  for (const [at, row] of rows.entries()) {
    if (row === undefined) throw new Error(`no row of case ${at}`);
    expect(row.volumeId).toBe(shard.volumeIds[at]);
    expect(await row.receipt()).toEqual(shard.receipts[at]);
    const voxels = volumesIn(join(rowsFolder(cache), row.path), row.lengthBytes);
    expect(voxels).toEqual(all.slice(at * length, (at + 1) * length));
  }
  return new Set(rows.map((row) => row?.key)).size;
}

describe("the rows of every layout", () => {
  it.each(Object.keys(examples))("of %s are those that its shards have", async (layout) => {
    const { cases, config } = await casesOf(layout as LayoutName);
    expect(cases.length).toBeGreaterThan(0);
    const readable: ShardCase[] = [];
    await openRows({
      cache: fresh(),
      cases,
      config,
      preprocessDigest: "",
      lanes: 1,
      onFailure: () => undefined,
    }).then(({ rows }) => {
      readable.push(...cases.filter((_, at) => rows[at] !== undefined));
    });
    expect(readable.length).toBeGreaterThan(0);
    expect(await compared(readable, config)).toBeGreaterThan(0);
  });

  it("of a DICOM series are one row of its folder, another one once a slice of it changes", async () => {
    const folder = join(fresh(), "series");
    writeFolder(folder, seriesFiles(seriesSpecs(6)));
    expect(await compared([{ id: "series", path: folder }], plain)).toBe(1);
    const other = join(fresh(), "series");
    const specs = seriesSpecs(6, (z) => (z === 3 ? { values: new Int16Array(480).fill(40) } : {}));
    writeFolder(other, seriesFiles(specs));
    expect(
      await compared(
        [
          { id: "a", path: folder },
          { id: "b", path: other },
        ],
        plain,
      ),
    ).toBe(2);
  });
});
