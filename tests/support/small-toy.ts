/** The toy recipe at its smallest, for tests that need many runs: two epochs and a half, one question task. */
import { toyRecipe } from "./toy-run.ts";

const small = [
  'data.volumes={"train":8,"validation":2,"test":1}',
  "data.slices=8",
  "model.base.pretrain=[]",
  "stages.shared.steps=5",
  "stages.shared.microBatch=1",
  "stages.shared.checkpointEvery=2",
  "stages.specific.steps=2",
  'tasks={"closed-vqa":{"metrics":["accuracy"]}}',
  'validation={"every":3}',
  "execution.maxRestarts=0",
];

/** What a model is made of, beside `small`. */
export const smallModels = {
  experts: [],
  dense: [
    "router.tokenExperts=0",
    'router.balance="none"',
    'stages.shared.trains=["upperVision","projector","language"]',
    'stages.specific.trains=["projector","language"]',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Words of `tomoe run` for a small toy; batches of four volumes, so that two steps are an epoch. */
export function smallToy(model: keyof typeof smallModels, ranks: number, runs: string): readonly string[] {
  const sets = [...small, ...smallModels[model], `execution.ranks=${ranks}`];
  return ["run", toyRecipe, "--json", "--runs", runs, ...sets.flatMap((value) => ["--set", value])];
}
