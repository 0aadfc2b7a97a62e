import { metricsOf, predicts, type TaskId } from "../../../schema/task.ts";

/** What a recipe for data of one's own is written from. */
export interface OwnRecipe {
  readonly name: string;
  /** Folder that the paths of scans start at. */
  readonly scans: string;
  readonly tasks: readonly TaskId[];
  /** Cases to train on. */
  readonly train: number;
  /** Letters of the longest item: no text has more tokens than bytes. */
  readonly longest: number;
}

/** Metrics that need nothing that a laptop may lack. */
const plainMetrics: readonly string[] = ["accuracy", "exact", "rouge1"];

const isReport = (task: TaskId): boolean => predicts(task, "report");

function taskLine(task: TaskId): string {
  const metrics = JSON.stringify(
    metricsOf(task)
      .filter((name) => plainMetrics.includes(name))
      .slice(0, 1),
  );
  const made = isReport(task)
    ? `reportTask({ metrics: ${metrics} })`
    : `vqaTask({ closed: ${predicts(task, "choice")}, metrics: ${metrics} })`;
  return `    ${/^\w+$/.test(task) ? task : JSON.stringify(task)}: ${made},`;
}

/** Positions of the smallest language part, and of the largest that is made here. */
const positions = { least: 512, most: 8192 } as const;

/** The recipe of `tomoe init --data`: it runs at once, and is small enough for a laptop. */
export function ownRecipe({ name, scans, tasks, train, longest }: OwnRecipe): string {
  const imports = [
    "defineExperiment",
    "liftTo3d",
    "ownTables",
    ...(tasks.some(isReport) ? ["reportTask"] : []),
    "run",
    "stage",
    "tghMoe",
    "tinyPhi3v",
    ...(tasks.every(isReport) ? [] : ["vqaTask"]),
  ];
  const room = 2 ** Math.ceil(Math.log2(Math.max(positions.least, longest + 128)));
  const volumes = Math.max(1, Math.min(8, train));
  return `import { ${imports.join(", ")} } from "tomoe";

// Written by "tomoe init --data": DATA.md says what was taken for what. "data" holds the tables, and paths of scans
// start at "scans". "npx tomoe data verify" tells what is wrong with a scan; its problems.jsonl is left out by
// problems: "FILE".
export const experiment = defineExperiment({
  name: ${JSON.stringify(name)},
  seed: 7,

  data: ownTables("data", {
    scans: ${JSON.stringify(scans)},
    sizeDHW: [16, 48, 48],
    windowHu: { low: -1000, high: 1000 },
  }),

  // A small Phi-3-V that begins untrained: it shows that everything works, and learns little. A published base in its
  // place: npx tomoe weights ls.
  model: liftTo3d(
    tinyPhi3v({
      pretrain: [],
      vision: { imageSize: 48, patchSize: 12, hidden: 64, layers: 4, heads: 4, mlp: 256 },
      language: { vocab: 640, hidden: 64, layers: 2, heads: 4, keyValueHeads: 4, mlp: 192, maxPositions: ${Math.min(room, positions.most)} },
    }),
    { attention3d: { upperBlocks: 2 }, depthRope: true, poolDepth: 16, poolKind: "mean-max", lora: false },
  ),

  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa", "open-vqa"], balance: "bias", textWidth: 32 }),

  stages: [
    stage("shared", { trains: ["upperVision", "tokenExperts", "tokenRouter", "projector", "language"], steps: 40, learningRate: 2e-3, volumesPerStep: ${volumes} }),
    stage("specific", { trains: ["taskExperts", "tokenRouter", "projector", "language"], steps: 20, learningRate: 1e-3, volumesPerStep: ${volumes} }),
  ],

  tasks: {
${tasks.map(taskLine).join("\n")}
  },
});

const { runId, dir } = await run(experiment);
console.log(runId, dir);
`;
}
