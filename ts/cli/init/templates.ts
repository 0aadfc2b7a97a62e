/** The files that `tomoe init` writes. */

/** The experiment: runs at once on generated phantoms, and shows where one's own scans go. */
export const recipeTemplate = `import { defineExperiment, liftTo3d, phantomCt, pretrain2d, reportTask, run, stage, tghMoe, tinyPhi3v, vqaTask } from "tomoe";

export const experiment = defineExperiment({
  name: "chest-ct",
  seed: 7,

  // Generated CT-like volumes, so that this file runs at once. Your own scans, with ctFolder in place of phantomCt below:
  //   data: ctFolder("data/chest-ct", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } })
  //     .split({ train: 0.8, validation: 0.1, test: 0.1, by: "patient" }),
  // The folder holds manifest.json, cases.jsonl, items.jsonl and the volumes they name; "tomoe inspect SCAN" shows how a scan is read.
  data: phantomCt({ volumes: { train: 120, validation: 0, test: 40 }, slices: 512 }),

  // A small Phi-3-V, pre-trained in 2D here. A real one: liftTo3d("checkpoints/Phi-3.5-vision-instruct", { ... }).
  model: liftTo3d(
    tinyPhi3v({
      vision: { imageSize: 48, patchSize: 12, hidden: 64, layers: 4, heads: 4, mlp: 256 },
      language: { vocab: 640, hidden: 64, layers: 2, heads: 4, keyValueHeads: 4, mlp: 192, maxPositions: 512 },
      pretrain: [
        pretrain2d("vision-2d", {
          trains: ["lowerVision", "upperVision", "patchHead", "factHeads"], steps: 60, learningRate: 4e-3, volumesPerStep: 32, objectives: { patches: 1, facts: 0.3 },
        }),
        pretrain2d("language-2d", {
          trains: ["lowerVision", "upperVision", "projector", "language"], steps: 40, learningRate: 2e-3, volumesPerStep: 16, objectives: { language: 1 },
        }),
      ],
    }),
    { attention3d: { upperBlocks: 2 }, depthRope: true, poolDepth: 16, poolKind: "mean-max", lora: false },
  ),

  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa", "open-vqa"], balance: "bias", textWidth: 32 }),

  // Few steps, so that the whole takes minutes on a laptop: enough to see everything work, too few to learn much.
  stages: [
    stage("shared", { trains: ["upperVision", "tokenExperts", "tokenRouter", "projector", "language"], steps: 40, learningRate: 2e-3, volumesPerStep: 16 }),
    stage("specific", { trains: ["taskExperts", "tokenRouter", "projector", "language"], steps: 20, learningRate: 1e-3, volumesPerStep: 16 }),
  ],

  tasks: {
    report: reportTask({ metrics: ["rouge1"] }),
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
  },
});

// "npx tomoe run chest-ct.ts" runs it too, and there "npx tomoe run chest-ct.ts --dry-run" first checks everything.
const { runId, scorecard } = await run(experiment);
console.log(runId, scorecard["closed-vqa"].accuracy.micro);
`;

/** Checks every .ts file of the folder as Node runs it. */
export const tsconfigTemplate = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2024", "dom"],
    "types": ["node"],
    "module": "preserve",
    "moduleResolution": "bundler",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "verbatimModuleSyntax": true,
    "erasableSyntaxOnly": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["**/*.ts"],
  "exclude": ["node_modules", "runs"]
}
`;

/** Written only where there is no package.json yet: ES modules, and the commands at hand. */
export const packageTemplate = `{
  "private": true,
  "type": "module"
}
`;
