// Which items share their image tokens is said in two places: by the conductor before the first step, and by the worker
// where it computes. Both are asked here for every kind of model and guidance.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { imageRows } from "../../ts/run/knobs/batches/image-rows.ts";
import type { TaskId } from "../../ts/schema/task.ts";
import { repoRoot } from "../support/source-tree.ts";
import { resolvedWith, stageOf } from "../unit/ts/run/fixtures.ts";

const python = join(repoRoot, ".venv/bin/python");
const maybe = existsSync(python) ? it : it.skip;
if (!existsSync(python)) console.warn("the worker is not asked: this checkout has no .venv (npm run setup)");

const dense = [
  "router.tokenExperts=0",
  'stages.shared.trains=["upperVision","language"]',
  'stages.specific.trains=["language"]',
];
/** A model by its name: the stage that it is in, and what the recipe says of it. */
const models = {
  flat: ["flat", []],
  shared: ["shared", []],
  "per-task": ["specific", []],
  dense: ["shared", dense],
} as const;
const guidances = ["off", "task", "question"] as const;

const tasks: readonly TaskId[] = ["report", "closed-vqa", "open-vqa"];
const prompts = ["Describe the scan.", "Which phase was used?", "Which phase is it?"];
/** Every task with every prompt on two volumes, and some of them twice. */
const items = [0, 1].flatMap((volumeIndex) =>
  tasks.flatMap((task) =>
    prompts.flatMap((prompt, at) => Array(at === 0 ? 2 : 1).fill({ volumeIndex, task, prompt })),
  ),
) as readonly { readonly volumeIndex: number; readonly task: TaskId; readonly prompt: string }[];

/** Keys as numbers in the order they are first met: two lists are equal where they part items alike. */
const parted = (keys: readonly (string | number)[]): readonly number[] => {
  const distinct = [...new Set(keys)];
  return keys.map((key) => distinct.indexOf(key));
};

const cases = (Object.keys(models) as (keyof typeof models)[]).flatMap((model) =>
  guidances.map((guidance) => ({ model, guidance })),
);

describe("items that share their image tokens", () => {
  const here = cases.map(({ model, guidance }) => {
    const [name, set] = models[model];
    const resolved = resolvedWith(`router.textGuidance=${guidance}`, ...set);
    return parted(items.map(imageRows(resolved.config, stageOf(resolved, name).stage)));
  });

  maybe("are the same to the conductor and to the worker, whatever the gates read", () => {
    const input = cases.map((one) => ({
      ...one,
      items: items.map(({ volumeIndex, task, prompt }) => [volumeIndex, task, prompt]),
    }));
    const done = spawnSync(python, [join(repoRoot, "tests/support/image_rows.py")], {
      input: JSON.stringify(input),
      env: { ...process.env, PYTHONPATH: join(repoRoot, "py-runtime") },
      encoding: "utf8",
    });
    expect(done.stderr).toBe("");
    const there = (JSON.parse(done.stdout) as number[][]).map(parted);
    for (const [at, one] of cases.entries()) expect([one, there[at]]).toEqual([one, here[at]]);
  });

  it("are as many as volumes, groups and texts make", () => {
    const rows = Object.fromEntries(
      cases.map(({ model, guidance }, at) => [`${model} ${guidance}`, new Set(here[at]).size]),
    );
    expect(rows).toEqual({
      "flat off": 2,
      "flat task": 2,
      "flat question": 2,
      "shared off": 2,
      "shared task": 2 * 3,
      "shared question": 2 * 3,
      "per-task off": 2 * 3,
      "per-task task": 2 * 3,
      "per-task question": 2 * 3 * 3,
      "dense off": 2,
      "dense task": 2,
      "dense question": 2,
    });
  });
});
