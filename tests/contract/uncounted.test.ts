// A data set of which nobody asks anything about one volume, under a whole run by a real worker.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "../../ts/data/phantom/index.ts";
import { type CliResult, tomoe } from "../support/cli.ts";
import { smallToy } from "../support/small-toy.ts";
import { repoRoot } from "../support/source-tree.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const isReady = existsSync(join(repoRoot, ".venv/bin/python"));
if (!isReady) console.warn("no run is made: this checkout has no .venv (npm run setup)");
const maybe = isReady ? it : it.skip;

const folder = temporaryFolder();
const rowsOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(folder, "set", name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Phantoms of which one training case has lost its items; its id. */
async function writeSet(): Promise<string> {
  await writePhantomDataset(join(folder, "set"), {
    seed: 3,
    volumes: { train: 4, validation: 2, test: 1 },
    sizeDHW: [16, 48, 48],
  });
  const silent = String(rowsOf("cases.jsonl").find(({ split }) => split === "train")?.case);
  const items = rowsOf("items.jsonl").filter((item) => item.case !== silent);
  const manifest = JSON.parse(readFileSync(join(folder, "set/manifest.json"), "utf8"));
  writeFileSync(join(folder, "set/manifest.json"), JSON.stringify({ ...manifest, items: items.length }));
  writeFileSync(join(folder, "set/items.jsonl"), items.map((item) => JSON.stringify(item)).join("\n"));
  return silent;
}

async function run(runs: string, ranks: number, ...sets: readonly string[]): Promise<CliResult> {
  const data =
    'data={"kind":"folder","path":"set","sizeDHW":[16,48,48],"windowHu":{"low":-1000,"high":1000}}';
  const words = smallToy("dense", ranks, runs).filter(
    (word, at, all) => !/^data\./.test(word) && !/^data\./.test(all[at + 1] ?? ""),
  );
  const more = [data, "stages.shared.microBatch=0", ...sets].flatMap((set) => ["--set", set]);
  return await tomoe([...words, ...more], { cwd: folder, env: { TOMOE_E2E: folder } });
}

describe("a volume that nobody asks about", () => {
  maybe(
    "ends a run before its first step where it would be alone in one, and goes along with others",
    async () => {
      const silent = await writeSet();
      const alone = await run("alone", 1, "stages.shared.volumesPerStep=1");
      const { error } = JSON.parse(alone.stdout);
      expect([alone.code, error.code]).toEqual([65, "DATA_EMPTY"]);
      expect(error.message).toMatch(
        new RegExp(
          `step \\d of stage "shared" has nothing for its objective "language": case "${silent}" has no items`,
        ),
      );
      expect(error.details.cases).toEqual([silent]);
      expect(alone.stderr).not.toMatch(/^shared /m);

      // On two ranks a step of two volumes leaves one of them without a part of it.
      for (const ranks of [1, 2]) {
        const beside = await run(`beside-${ranks}`, ranks, "stages.shared.volumesPerStep=2");
        expect([beside.code, beside.stderr.slice(-600)]).toEqual([0, expect.anything()]);
      }
    },
  );
});
