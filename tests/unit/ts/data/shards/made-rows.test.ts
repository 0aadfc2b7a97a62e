import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type MadeRow,
  madeRows,
  type RowsRequest,
  volumeId,
} from "../../../../../ts/data/shards/made-rows.ts";
import type { TomoeError } from "../../../../../ts/errors.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const put = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(root, name), bytes);
  return join(root, name);
};
const [first = "", second = ""] = [1, 2].map((seed) =>
  put(`scan-${seed}.nii`, niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, seed) })),
);
const notHu = put("flat.nii", niftiFile({ dims: [12, 10, 8], values: new Int16Array(960).fill(7) }));
const request = (cases: RowsRequest["cases"], change: Partial<RowsRequest> = {}): RowsRequest => ({
  cases,
  config: { sizeDHW: [8, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
  preprocessDigest: "d".repeat(64),
  ...change,
});
const slices = { config: { ...request([]).config, sizeDHW: [1, 10, 12] as const } };

async function all(asked: RowsRequest, lose?: (error: TomoeError, rows: readonly number[]) => void) {
  const made: MadeRow[] = [];
  for await (const row of madeRows(asked, lose)) made.push(row);
  return made;
}

describe("madeRows", () => {
  it("makes the rows of one scan together, each under its place among the cases", async () => {
    const cases = [
      { path: first, slice: 3 },
      { path: second, slice: 0 },
      { path: first, slice: 0 },
    ];
    const made = await all(request(cases, slices));
    expect(made.map(({ row }) => row)).toEqual([0, 2, 1]);
    expect(made[0]?.sourceDigest).toBe(made[1]?.sourceDigest);
    expect(made.map(({ receipt }) => receipt.steps.at(-1))).toEqual(
      [3, 0, 0].map((index) => ({ step: "slice", index })),
    );
    expect(made[0]?.voxels).not.toEqual(made[1]?.voxels);
  });

  it("gives the one who listens every refusal with the rows that are lost, and goes on", async () => {
    const lost: [string, readonly number[]][] = [];
    const cases = [
      { path: notHu, slice: 0, id: "a" },
      { path: first, slice: 0, id: "b" },
      { path: notHu, slice: 1, id: "c" },
      { path: first, slice: 99, id: "d" },
      { path: second, slice: 1, id: "e" },
    ];
    const made = await all(request(cases, slices), ({ code }, rows) => lost.push([code, rows]));
    expect(made.map(({ row }) => row)).toEqual([1, 4]);
    expect(lost).toEqual([
      ["DATA_NOT_HU", [0, 2]],
      ["DATA_MANIFEST", [3]],
    ]);
  });

  it("ends at the first refusal where nobody listens, and at a stop in any case", async () => {
    const refused = await caught(() => all(request([{ path: first }, { path: notHu, id: "a" }])));
    expect([refused.code, refused.details.case]).toEqual(["DATA_NOT_HU", "a"]);
    const lost: string[] = [];
    const stopped = await caught(() =>
      all(request([{ path: first, id: "a" }], { signal: AbortSignal.abort() }), ({ code }) =>
        lost.push(code),
      ),
    );
    expect([stopped.code, lost]).toEqual(["CANCELLED", []]);
  });

  it("does nothing for no cases", async () => {
    expect(await all(request([]))).toEqual([]);
  });
});

describe("the id of a volume", () => {
  it("is another one for other bytes, another contract and another part, and the same for another path", () => {
    const ids = [
      volumeId("a", "p", { path: "x" }),
      volumeId("b", "p", { path: "x" }),
      volumeId("a", "q", { path: "x" }),
      volumeId("a", "p", { path: "x", slice: 0 }),
      volumeId("a", "p", { path: "x", policy: { tilt: "resample" } }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(volumeId("a", "p", { path: "y", id: "other" })).toBe(ids[0]);
  });
});
