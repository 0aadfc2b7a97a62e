/**
 * What a guest does who brings a task: a row in the table, and the words that ask for it. Both stand here in
 * doubles of the two data files; everything else is the program as it is.
 */
import { promptTexts } from "../../../../ts/router/gen/prompt-texts.ts";
import { taskTable } from "../../../../ts/schema/tables/tasks.ts";
import { thrownBy } from "../../../support/router-policies.ts";

const { unstable_mockModule: double } = import.meta.jest as unknown as {
  unstable_mockModule(path: string, make: () => object): void;
};
const row = {
  asks: "request",
  predicts: "report",
  sentence: "What has changed since the scan before.",
} as const;
const requests = [
  "What has changed since the last scan?",
  "Compare this CT with the one before.",
  "Compare with the prior.",
  "Compare both examinations and write what is new.",
  "List what is new since the previous examination.",
  "Write a follow-up of the two scans.",
  "Has anything grown since the prior scan?",
  "Describe the change over time.",
  "Give the interval change.",
  "Interval change since the last CT?",
  "Tell me what changed between both scans.",
  "Summarise the changes since the previous CT.",
] as const;
double("../../../../ts/schema/tables/tasks.ts", () => ({ taskTable: { ...taskTable, "follow-up": row } }));
double("../../../../ts/router/gen/prompt-texts.ts", () => ({
  promptTexts: { ...promptTexts, "tasks/follow-up": requests },
}));

const { isTaskId, metricsOf, taskIds } = await import("../../../../ts/schema/task.ts");
const { tasksOptions } = await import("../../../../ts/schema/options/evaluation.ts");
const { schemaOf } = await import("../../../../ts/schema/options/zod.ts");
const { itemRowSchema } = await import("../../../../ts/schema/sample.ts");
const router = await import("../../../../ts/router/index.ts");
const { parsePredictions, scorePredictions } = await import("../../../../ts/eval/index.ts");
const { arrangeScorecard } = await import("../../../../ts/run/script/typed-run.ts");

type TaskId = (typeof taskIds)[number];
const followUp = "follow-up" as TaskId;

const config = {
  tasks: taskIds,
  route: "classifier",
  routeSeed: 0,
  topK: 2,
  balance: "bias",
  biasRate: 0.001,
  balanceLossWeight: 0,
  zLossWeight: 0,
  planLag: 1,
  confidenceThreshold: 0.5,
} as const;

describe("a fourth task", () => {
  it("is a task like the others once it has a row, with the metrics of what it predicts", () => {
    expect(taskIds).toEqual(["report", "closed-vqa", "open-vqa", "follow-up"]);
    expect(isTaskId("follow-up")).toBe(true);
    expect(metricsOf(followUp)).toEqual(metricsOf("report"));
  });

  it("may stand in a recipe and in a data set", () => {
    const tasksSchema = schemaOf(tasksOptions);
    expect(tasksSchema.parse({ "follow-up": { metrics: ["rouge1"] } })).toEqual({
      "follow-up": { metrics: ["rouge1"] },
    });
    expect(tasksSchema.safeParse({ "follow-up": { metrics: ["accuracy"] } }).success).toBe(false);
    const item = { id: "i", case: "c", task: "follow-up", question: "What has changed?", target: "Nothing." };
    expect(itemRowSchema.parse(item)).toEqual(item);
  });

  it("is learnt by the prompt classifier, as a class of its own", () => {
    const examples = router.defaultPromptExamples().filter(({ label }) => label === followUp);
    // Each request, and misspelt copies of some.
    expect(new Set(examples.map(({ family }) => family)).size).toBe(requests.length);
    expect(router.trainPromptClassifier().classes).toEqual([...taskIds, "none"]);
  });

  it("is routed to in words that training never saw, and takes nothing from the other tasks", () => {
    const policy = router.taskRouterPolicy(config);
    const taskOf = (text: string, choices?: readonly string[]): string =>
      policy.route(choices === undefined ? { text } : { text, choices }).task;
    expect(taskOf("Compare this scan with the previous one.")).toBe("follow-up");
    expect(taskOf("What is new since the prior examination?")).toBe("follow-up");
    expect(taskOf("Describe this CT.")).toBe("report");
    expect(taskOf("Which plane is shown?")).toBe("open-vqa");
    expect(taskOf("Which plane is shown?", ["axial", "coronal", "sagittal", "oblique"])).toBe("closed-vqa");
    expect(policy.route({ text: "Write a poem about a lighthouse" })).toMatchObject({
      task: "open-vqa",
      fallback: true,
    });
  });

  it("has experts of its own in a plan, and a policy that keeps the contract and its state", () => {
    const policy = router.taskRouterPolicy(config);
    const plan = policy.firstPlan(
      { stage: "specific", groups: [...taskIds], sites: ["vision.blocks.1.mlp"], experts: 4 },
      null,
    );
    expect(plan.layers[0]?.biasGE).toHaveLength(4);
    expect(router.routerPolicyContract(policy)).toEqual([]);
    const again = router.routerPolicyFromState(JSON.parse(JSON.stringify(policy.toState())));
    expect(again.route({ text: "Compare with the prior CT." })).toEqual(
      policy.route({ text: "Compare with the prior CT." }),
    );
  });

  it("is scored by its metrics beside the other tasks, in the table's order", () => {
    const lines = Array.from({ length: 12 }, (_, at) => [
      {
        id: `f${at}`,
        case: `c${at}`,
        task: "follow-up",
        target: "The nodule has grown.",
        prediction: "The nodule has grown.",
      },
      { id: `r${at}`, case: `c${at}`, task: "report", target: "A cyst in the liver.", prediction: "A cyst." },
    ]).flat();
    const rows = parsePredictions(lines.map((line) => JSON.stringify(line)).join("\n"));
    const entries = scorePredictions(rows, { profile: "strict" });
    expect(entries.map(({ task, metric }) => `${task} ${metric}`)).toEqual([
      "report rouge1",
      "report bleu1",
      "follow-up rouge1",
      "follow-up bleu1",
    ]);
    expect(arrangeScorecard(entries)).toMatchObject({ "follow-up": { rouge1: { value: 1, n: 12 } } });
    expect(
      thrownBy(() =>
        scorePredictions(rows, {
          profile: "strict",
          tasks: { report: { metrics: ["rouge1"] } },
        }),
      ),
    ).toMatchObject({
      code: "CONFIG_INVALID",
      message: "[CONFIG_INVALID] 12 rows are of follow-up, for which no metric is asked",
    });
  });
});
