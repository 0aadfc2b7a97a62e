// A feeder needs the rows alone: another process that reads them makes the same batches, for every number of ranks.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Batch } from "../../ts/schema/batch.ts";
import { batchesOf } from "../support/manifest/feeders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const [cases, questions, steps] = [50, 7, 12];
const folder = join(temporaryFolder(), "own");
mkdirSync(folder);
const numbers = Array.from({ length: cases }, (_, at) => at);
for (const at of numbers) writeFileSync(join(folder, `${at}.nii`), "");
writeFileSync(
  join(folder, "scans.csv"),
  `case,image,split\n${numbers.map((at) => `c${at},${at}.nii,${at % 10 === 0 ? "test" : "train"}\n`).join("")}`,
);
writeFileSync(
  join(folder, "items.jsonl"),
  Array.from({ length: cases * questions }, (_, at) => {
    const row = {
      id: `q${at}`,
      case: `c${at % cases}`,
      question: `Question ${at}?`,
      answer: `Answer ${at}.`,
    };
    return `${JSON.stringify(row)}\n`;
  }).join(""),
);

function byAnotherProcess(worldSize: number): readonly (readonly Batch[])[] {
  const script = fileURLToPath(new URL("../support/manifest/feeder-child.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, folder, String(worldSize), String(steps)],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly (readonly Batch[])[];
}

describe("a second feeder process", () => {
  it.each([1, 4])("makes the same batches of the same rows for %d ranks", async (worldSize) => {
    const ours = await batchesOf(folder, worldSize, steps);
    expect(byAnotherProcess(worldSize)).toEqual(JSON.parse(JSON.stringify(ours)));
    expect(ours.flat().flatMap(({ items }) => items).length).toBeGreaterThan(300);
  });

  it("shows every training case exactly once an epoch, whatever the number of ranks", async () => {
    const epoch = cases - cases / 10;
    for (const worldSize of [1, 2, 3, 8, 64]) {
      const batches = await batchesOf(folder, worldSize, steps);
      const seen = batches.flatMap((ranks) =>
        ranks
          .flatMap(({ volumes }) => volumes)
          .toSorted((a, b) => a.slot - b.slot)
          .map(({ volumeId }) => volumeId),
      );
      for (let from = 0; from + epoch <= seen.length; from += epoch)
        expect(new Set(seen.slice(from, from + epoch)).size).toBe(epoch);
    }
  });
});
