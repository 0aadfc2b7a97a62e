/** The files that `tomoe init` writes. */

/** The experiment: runs at once on generated phantoms, and shows where one's own scans go. */
export const recipeTemplate = `import { ctFolder, defineExperiment, liftTo3d, phantomCt, pretrain2d, reportTask, run, stage, tghMoe, tinyPhi3v, vqaTask } from "tomoe";

// Generated CT-like volumes, so that this file runs at once. Your own scans: put the folder here in place of
// null, e.g. "data/chest-ct". It holds
//   manifest.json  {"format":"tomoe.dataset/1","name":"chest-ct","source":"where it is from","cases":1,"items":2,"facts":{},"patchClasses":[]}
//   cases.jsonl    {"case":"c1","subject":"p1","path":"scans/c1.nii.gz","split":"train"}
//   items.jsonl    {"id":"c1-report","case":"c1","task":"report","question":"Describe the findings.","target":"The lungs are clear."}
//                  {"id":"c1-q1","case":"c1","task":"closed-vqa","type":"plane","question":"Which plane is shown?","choices":["axial","coronal","sagittal","oblique"],"target":"axial"}
// with a line for each scan (a NIfTI file, or a folder of one DICOM series; several of one patient share the
// subject; split: train, validation or test)
// and one for each question. "npx tomoe inspect SCAN" shows how a scan is read.
const scans: string | null = null;

export const experiment = defineExperiment({
  name: "chest-ct",
  seed: 7,

  data: scans === null
    ? phantomCt({ volumes: { train: 120, validation: 0, test: 40 }, slices: 512 })
    // .split({ train: 0.8, validation: 0, test: 0.2, by: "patient" }) draws the split
    : ctFolder(scans, { sizeDHW: [16, 48, 48], windowHu: { low: -1000, high: 1000 } }),

  // A small Phi-3-V made here, pre-trained in 2D on slices of the phantoms; with scans of your own it begins
  // untrained.
  model: liftTo3d(
    tinyPhi3v({
      vision: { imageSize: 48, patchSize: 12, hidden: 64, layers: 4, heads: 4, mlp: 256 },
      language: { vocab: 640, hidden: 64, layers: 2, heads: 4, keyValueHeads: 4, mlp: 192, maxPositions: 512 },
      pretrain: scans === null
        ? [
          pretrain2d("vision-2d", {
            trains: ["lowerVision", "upperVision", "patchHead", "factHeads"], steps: 60, learningRate: 4e-3, volumesPerStep: 32, objectives: { patches: 1, facts: 0.3 },
          }),
          pretrain2d("language-2d", {
            trains: ["lowerVision", "upperVision", "projector", "language"], steps: 40, learningRate: 2e-3, volumesPerStep: 16, objectives: { language: 1 },
          }),
        ]
        : [],
    }),
    { attention3d: { upperBlocks: 2 }, depthRope: true, poolDepth: 16, poolKind: "mean-max", lora: false },
  ),

  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa", "open-vqa"], balance: "bias", textWidth: 32 }),

  // Few steps, so that the whole takes minutes on a laptop: enough to see everything work, too few to learn
  // much.
  stages: [
    stage("shared", { trains: ["upperVision", "tokenExperts", "tokenRouter", "projector", "language"], steps: 40, learningRate: 2e-3, volumesPerStep: 16 }),
    stage("specific", { trains: ["taskExperts", "tokenRouter", "projector", "language"], steps: 20, learningRate: 1e-3, volumesPerStep: 16 }),
  ],

  tasks: {
    report: reportTask({ metrics: ["rouge1"] }),
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
  },
});

// "npx tomoe run chest-ct.ts" runs it too, and there "npx tomoe run chest-ct.ts --dry-run" first checks
// everything.
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
