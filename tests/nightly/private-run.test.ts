// A whole run on scans with canaries in every field, under names of files and folders that are canaries too: none of them
// is in the run's folder, in the cache, or in what the program prints.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Canaries } from "../support/canary.ts";
import { dicomScans, niftiScans } from "../support/canary-files.ts";
import { tomoe } from "../support/cli.ts";
import { itemsOf, writeDataset } from "../support/dataset-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
const canaries = new Canaries();

const recipe = `
import { ctFolder, defineExperiment, liftTo3d, reportTask, stage, tghMoe, tinyPhi3v, vqaTask } from "tomoe";
export const experiment = defineExperiment({
  name: "canaries", seed: 5,
  data: ctFolder("set", { sizeDHW: [8, 24, 24], windowHu: { low: -1000, high: 1000 } }),
  model: liftTo3d(
    tinyPhi3v({
      vision: { imageSize: 24, patchSize: 12, hidden: 32, layers: 4, heads: 2, mlp: 64 },
      language: { vocab: 300, hidden: 32, layers: 1, heads: 2, keyValueHeads: 2, mlp: 64, maxPositions: 512 },
      pretrain: [],
    }),
    { attention3d: { upperBlocks: 2 }, poolDepth: 8, lora: false },
  ),
  router: tghMoe({ tokenExperts: 2, topK: 1, tasks: ["report", "closed-vqa"], balance: "bias", textWidth: 8 }),
  stages: [
    stage("shared", {
      trains: ["upperVision", "tokenExperts", "tokenRouter", "projector", "language"],
      steps: 12, learningRate: 4e-3, volumesPerStep: 2, checkpointEvery: 4,
    }),
  ],
  tasks: { report: reportTask({ metrics: ["rouge1"] }), "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }) },
  evaluation: { maxNewTokens: 8, bootstrap: { resamples: 200, seed: 0 } },
  execution: { threads: 1 },
});
`;

/** Good scans of both formats as a data set whose paths are canaries; its own ids of cases and patients are not. */
function writeScans(): void {
  const good = [...niftiScans(canaries), ...dicomScans(canaries)].filter(({ kind }) =>
    /good|gzipped|version 2|burned in|DICM mark|for KVP/.test(kind),
  );
  const cases = good.map((scan, index) => {
    const place = canaries.word(`folder of case ${index}`);
    for (const [name, bytes] of scan.files) {
      const path = join(root, "set", place, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    const path = scan.isFolder ? place : `${place}/${scan.files[0]?.[0] ?? ""}`;
    return { case: `c${index}`, subject: `s${index}`, path, split: index % 3 === 2 ? "test" : "train" };
  });
  const items = cases.flatMap((row) => itemsOf(row.case)).filter(({ task }) => task !== "open-vqa");
  writeDataset(join(root, "set"), { cases, items }, { facts: {} });
  writeFileSync(join(root, "recipe.ts"), recipe);
}

describe("a run on scans full of canaries", () => {
  it("leaves none in its folder, its cache, or what it prints", async () => {
    writeScans();
    const { code, stdout, stderr } = await tomoe(["run", "recipe.ts", "--json"], { cwd: root });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.startsWith(join(root, "set")));
    expect(files.filter((path) => path.includes("/receipts/")).length).toBeGreaterThan(1);
    const hits = [
      ...canaries.hits(Buffer.from(`${stdout}${stderr}${files.join("\n")}`), "what is printed, or a name"),
      // Weights are numbers of the optimizer; they are the bulk, and hold no text.
      ...files
        .filter((path) => !path.endsWith(".safetensors"))
        .flatMap((path) => canaries.hits(readFileSync(path), path.slice(root.length))),
    ];
    expect(hits).toEqual([]);
  });
});
