import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluatedCases } from "../../../../../ts/run/evaluate/cases.ts";
import { changedVoxels, changes, controlVolumes } from "../../../../../ts/run/evaluate/controls.ts";
import type { RunJob } from "../../../../../ts/run/job.ts";
import { crc32, decodeTensors, encodeTensors } from "../../../../../ts/tensor/index.ts";
import { caught } from "../../../../support/caught.ts";
import { cachedCorpus } from "../cached-corpus.ts";
import { freshFolder, newJob } from "../fixtures.ts";

/** A volume of 16 slices of 2 x 2, in which every slice has a number of its own. */
const numbered = Int16Array.from({ length: 64 }, (_, at) => 10 * Math.floor(at / 4) + (at % 4));
const slicesOf = (data: Int16Array): readonly (readonly number[])[] =>
  Array.from({ length: data.length / 4 }, (_, slice) => [...data.subarray(4 * slice, 4 * slice + 4)]);

describe("a control", () => {
  it("blank holds air everywhere", () => {
    expect(new Set(changedVoxels("blank", { data: numbered, slices: 16 }, "k"))).toEqual(new Set([-1000]));
  });

  it("shuffled-slices keeps every slice whole and once, in an order that its key alone decides", () => {
    const shuffle = (key: string): Int16Array =>
      changedVoxels("shuffled-slices", { data: numbered, slices: 16 }, key);
    const first = slicesOf(shuffle("7/case-1"));
    expect(first).toEqual(slicesOf(shuffle("7/case-1")));
    expect(first).not.toEqual(slicesOf(shuffle("7/case-2")));
    expect(first).not.toEqual(slicesOf(shuffle("8/case-1")));
    expect(first).not.toEqual(slicesOf(numbered));
    expect([...first].sort(([a = 0], [b = 0]) => a - b)).toEqual(slicesOf(numbered));
  });

  it.each(Object.entries(changes))(
    "%s gives another volume of the same size and leaves the first as it was",
    (_name, change) => {
      const before = numbered.slice();
      const changed = change({ data: numbered, slices: 16 }, "k");
      expect(changed).toHaveLength(numbered.length);
      expect(changed).not.toEqual(numbered);
      expect(numbered).toEqual(before);
    },
  );
});

const placeOf = ({ resolved, corpus, owned }: RunJob) => ({
  resolved,
  cacheDir: corpus.cacheDir,
  space: owned.space,
});

describe("controlVolumes", () => {
  it("gives the worker each case's own slices in another order, under another id", async () => {
    const corpus = cachedCorpus(freshFolder());
    const { job } = await newJob({ corpus });
    const part = evaluatedCases(job).slice(1, 3);
    const volumes = await controlVolumes(placeOf(job), "shuffled-slices", { part, at: 1 });
    expect(volumes.map(({ volumeId, row }) => [volumeId, row])).toEqual(
      part.map(({ volume }, row) => [`${volume.volumeId}/shuffled-slices`, row]),
    );
    const [{ tensor } = { tensor: undefined }] = volumes;
    if (tensor?.kind !== "region") throw new Error("not a region");
    const bytes = readFileSync(join(corpus.cacheDir, tensor.region.path));
    expect([tensor.region.root, tensor.region.lengthBytes]).toEqual(["cache", bytes.length]);
    expect(tensor.region.crc32).toBe(crc32([bytes]));
    const [column] = decodeTensors(bytes);
    const written = column?.data;
    if (!(written instanceof Int16Array)) throw new Error("no volumes");
    const size = 16 * 24 * 24;
    for (const [row, { id }] of part.entries()) {
      const found = written.subarray(row * size, (row + 1) * size);
      const number = Number(id.split("-").at(-1));
      // The corpus numbers the slices of case n from 100 n.
      const order = Array.from({ length: 16 }, (_, slice) => (found[slice * 24 * 24] ?? 0) - 100 * number);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, slice) => slice));
      expect(order).not.toEqual([...order].sort((a, b) => a - b));
    }
  });

  it("takes a shard without volumes for a bug of ours", async () => {
    const folder = freshFolder();
    const corpus = cachedCorpus(folder);
    const pieces = encodeTensors([
      {
        name: "other",
        dtype: "int16",
        rows: 1,
        shape: [1, 1, 1],
        dimNames: ["d", "h", "w"],
        data: new Int16Array(1),
      },
    ]);
    writeFileSync(join(folder, "a.arrow"), Buffer.concat([...pieces]));
    const { job } = await newJob({ corpus });
    const failure = await caught(() =>
      controlVolumes(placeOf(job), "blank", { part: evaluatedCases(job), at: 0 }),
    );
    expect([failure.code, failure.what]).toEqual(["INTERNAL", "a.arrow has no column of volumes"]);
  });
});
