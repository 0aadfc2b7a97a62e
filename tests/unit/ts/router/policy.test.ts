import type { JsonValue } from "../../../../ts/errors.ts";
import type { RouterPolicyConfig } from "../../../../ts/router/index.ts";
import {
  defaultPromptExamples,
  policyDigest,
  policyWith,
  promptTrainingDefaults,
  routerPolicyFromState,
  taskRouterPolicy,
  trainPromptClassifier,
} from "../../../../ts/router/index.ts";
import type { RouterPolicy, TaskId } from "../../../../ts/schema/index.ts";
import { loadOf, policyConfig, specific, thrownBy } from "../../../support/router-policies.ts";

const classifier = trainPromptClassifier();
const policy = taskRouterPolicy(policyConfig, classifier);
const choices = ["liver", "spleen", "left kidney", "right kidney"];

describe("the default policy's route", () => {
  it.each([
    ["Describe the findings", "report"],
    ["Write a radiology report for this scan", "report"],
    ["Summarise this CT", "report"],
    ["Which plane is this scan in?", "open-vqa"],
    ["Is there a pleural effusion? A) yes B) no", "closed-vqa"],
  ])("sends %j to %s", (text, task) => {
    expect(policy.route({ text })).toMatchObject({ task, fallback: false });
  });

  it("sends a question with options to closed-vqa", () => {
    expect(policy.route({ text: "Which organ contains the lesion?", choices })).toMatchObject({
      task: "closed-vqa",
      fallback: false,
    });
  });

  it.each([
    ["asdf qwer"],
    [""],
    ["   "],
    ["What is the capital of France?"],
    ["Write a poem about the sea"],
    ["Translate this sentence"],
  ])("falls back on %j to open-vqa, with low confidence", (text) => {
    const route = policy.route({ text });
    expect(route).toMatchObject({ task: "open-vqa", fallback: true });
    expect(route.confidence).toBeLessThan(0.5);
  });

  it("falls back to closed-vqa when options are given", () => {
    expect(policy.route({ text: "asdf qwer", choices: ["a", "b", "c", "d"] })).toMatchObject({
      task: "closed-vqa",
      fallback: true,
    });
  });

  describe("of an item", () => {
    const item = (id: string, task: TaskId, use: "train" | "evaluate") => ({ id, task, use });
    // Its words go to closed-vqa, whatever its label says.
    const words = { text: "Which organ contains the lesion?", choices };
    const taskOf = (route: RouterPolicyConfig["route"], use: "train" | "evaluate") =>
      taskRouterPolicy({ ...policyConfig, route }, classifier).route({
        ...words,
        item: item("q1", "report", use),
      }).task;

    it("is by its words, by its label while training, or by its label always", () => {
      expect([taskOf("classifier", "train"), taskOf("classifier", "evaluate")]).toEqual([
        "closed-vqa",
        "closed-vqa",
      ]);
      expect([taskOf("label", "train"), taskOf("label", "evaluate")]).toEqual(["report", "closed-vqa"]);
      expect([taskOf("oracle", "train"), taskOf("oracle", "evaluate")]).toEqual(["report", "report"]);
    });

    it("is sure of a label, and goes by the words where the model has no such task", () => {
      const told = taskRouterPolicy({ ...policyConfig, route: "oracle" }, classifier);
      expect(told.route({ ...words, item: item("q1", "report", "train") })).toEqual({
        task: "report",
        confidence: 1,
        fallback: false,
      });
      const other = taskRouterPolicy({ ...policyConfig, tasks: ["closed-vqa"], route: "oracle" }, classifier);
      expect(other.route({ ...words, item: item("q1", "report", "train") }).task).toBe("closed-vqa");
    });

    it("is drawn by chance from its id and the seed alone: evenly, and the same in training and evaluation", () => {
      const draws = (routeSeed: number, use: "train" | "evaluate") =>
        Array.from({ length: 900 }, (_, index) =>
          taskRouterPolicy({ ...policyConfig, route: "random", routeSeed }, classifier).route({
            text: `${use} ${index}`,
            item: item(`q${index}`, "report", use),
          }),
        );
      const first = draws(0, "train");
      expect(draws(0, "evaluate")).toEqual(first);
      expect(draws(1, "train")).not.toEqual(first);
      for (const task of policyConfig.tasks) {
        const share = first.filter((route) => route.task === task).length / first.length;
        // Binomial(900, 1/3): four standard deviations are 0.063.
        expect(Math.abs(share - 1 / 3)).toBeLessThan(0.063);
      }
      expect(new Set(first.map(({ confidence }) => confidence))).toEqual(new Set([1 / 3]));
    });

    it("leaves a question of a user's own to the classifier under every rule", () => {
      for (const route of ["label", "oracle", "random"] as const)
        expect(taskRouterPolicy({ ...policyConfig, route }, classifier).route(words)).toEqual(
          policy.route(words),
        );
    });
  });

  it("reports the classifier's own probability of the task it names, also after a fall-back", () => {
    for (const text of ["Describe the scan.", "Which side?", "asdf", "What is the capital of Peru?"]) {
      const route = policy.route({ text });
      expect(route.confidence).toBe(classifier.classify({ text })[route.task]);
    }
  });

  it("never names a task the model has not, and falls back instead", () => {
    const closedOnly = taskRouterPolicy({ ...policyConfig, tasks: ["report", "closed-vqa"] }, classifier);
    const route = closedOnly.route({ text: "Where is the lesion in the liver?" });
    expect(route).toMatchObject({ task: "closed-vqa", fallback: true });
    expect(route.confidence).toBeLessThan(0.5);
    expect(
      taskRouterPolicy({ ...policyConfig, tasks: ["report"] }, classifier).route({ text: "asdf" }),
    ).toMatchObject({ task: "report", fallback: true });
  });

  it("is refused for a task that its classifier never learnt", () => {
    const examples = (["report", "none"] as const).flatMap((label) =>
      ["a", "b"].map((text) => ({ text: `${label} ${text}`, label, family: `${label} ${text}` })),
    );
    const narrow = trainPromptClassifier(examples, promptTrainingDefaults, ["report", "none"]);
    expect(thrownBy(() => taskRouterPolicy(policyConfig, narrow))).toMatchObject({
      code: "CONFIG_INVALID",
      message: '[CONFIG_INVALID] the prompt classifier does not know the task "closed-vqa"',
      hint: "Train it on texts of every task; it knows report, none.",
    });
    expect(taskRouterPolicy({ ...policyConfig, tasks: ["report"] }, narrow).id).toBe(policy.id);
  });

  it("falls back at a higher threshold where it was sure enough at a lower one", () => {
    const strict = taskRouterPolicy({ ...policyConfig, confidenceThreshold: 1 }, classifier);
    expect(strict.route({ text: "Describe the scan." })).toMatchObject({ fallback: true });
    expect(policy.route({ text: "Describe the scan." })).toMatchObject({ fallback: false });
  });
});

describe("the default policy's plans", () => {
  const load = (step: number) => loadOf(policy.firstPlan(specific, null), step, (_l, _g, e) => e);

  it("follow the load with balance bias", () => {
    const next = policy.nextPlan(policy.firstPlan(specific, null), load(0));
    expect(next.layers[0]?.biasGE[0]).toEqual([0.001, 0.001, -0.001, -0.001]);
    expect(next.effectiveFromStep).toBe(1);
  });

  it.each([
    ["loss", 0.01],
    ["none", 0],
  ] as const)("stay as they are with balance %s", (balance, balanceLossWeight) => {
    const still = taskRouterPolicy({ ...policyConfig, balance, balanceLossWeight }, classifier);
    const first = still.firstPlan(specific, null);
    expect(first.balanceLossWeight).toBe(balanceLossWeight);
    expect(still.nextPlan(first, load(0))).toBe(first);
  });

  it("refuse a load of another shape whatever the balance", () => {
    for (const balance of ["bias", "none"] as const) {
      const one = taskRouterPolicy({ ...policyConfig, balance }, classifier);
      expect(
        thrownBy(() => one.nextPlan(one.firstPlan(specific, null), { step: 0, tokensLGE: [] })),
      ).toMatchObject({ code: "ROUTER_SHAPE" });
    }
  });
});

describe("the default policy's state", () => {
  it("restores a policy that decides alike and has the same state", () => {
    const again = routerPolicyFromState(JSON.parse(JSON.stringify(policy.toState())) as JsonValue);
    expect(again.id).toBe(policy.id);
    for (const text of ["Describe the scan.", "Where is it?", "asdf", ""])
      expect(again.route({ text })).toEqual(policy.route({ text }));
    expect(again.firstPlan(specific, null)).toEqual(policy.firstPlan(specific, null));
    expect(again.toState()).toEqual(policy.toState());
  });

  it("of another policy is refused by name", () => {
    expect(thrownBy(() => routerPolicyFromState({ id: "my-router/2" }))).toMatchObject({
      code: "CHECKPOINT_INCOMPATIBLE",
      message: `[CHECKPOINT_INCOMPATIBLE] the router state names my-router/2, this version restores ${policy.id}`,
    });
    expect(thrownBy(() => routerPolicyFromState(null))).toMatchObject({ code: "CHECKPOINT_INCOMPATIBLE" });
  });

  it("is small enough for every checkpoint: below half a megabyte", () => {
    expect(JSON.stringify(policy.toState()).length).toBeLessThan(500_000);
  });
});

describe("a policy with other options", () => {
  it("decides by them and by nothing else, and leaves the first as it is", () => {
    const other = policyWith(policy, { biasRate: 0.5, balance: "bias" });
    if (other === undefined) throw new RangeError("no other policy");
    const { config, ...rest } = other.toState() as { readonly config: object };
    const { config: before, ...same } = policy.toState() as { readonly config: object };
    expect(rest).toEqual(same);
    expect(config).toEqual({ ...before, biasRate: 0.5, balance: "bias" });
    expect(before).not.toMatchObject({ biasRate: 0.5 });
  });

  it("is none of a user's own, and refuses what is out of range", () => {
    expect(policyWith({ ...policy, toState: () => ({ id: "mine/1" }) }, {})).toBeUndefined();
    expect(thrownBy(() => policyWith(policy, { planLag: 0 }))).toMatchObject({
      code: "CONFIG_INVALID",
      what: expect.stringContaining("planLag"),
    });
  });
});

describe("the digest of a policy", () => {
  const digestWith = (
    change: Partial<typeof policyConfig>,
    options: Partial<typeof promptTrainingDefaults> = {},
  ): string =>
    policyDigest(
      taskRouterPolicy(
        { ...policyConfig, ...change },
        trainPromptClassifier(undefined, { ...promptTrainingDefaults, ...options }),
      ),
    );

  it("is a SHA-256 that two policies trained alike share, and one restored from a state", () => {
    const digest = policyDigest(policy);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestWith({})).toBe(digest);
    expect(policyDigest(routerPolicyFromState(policy.toState()))).toBe(digest);
  });

  it("changes with the configuration, with a training setting, and with a text", () => {
    const examples = defaultPromptExamples();
    const withoutOne = taskRouterPolicy(policyConfig, trainPromptClassifier(examples.slice(1)));
    const digests = [
      policyDigest(policy),
      digestWith({ biasRate: 0.002 }),
      digestWith({ confidenceThreshold: 0.6 }),
      digestWith({}, { epochs: 4 }),
      policyDigest(withoutOne),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("of a policy of one's own is that of its name and its state", () => {
    const own = (id: string, state: JsonValue): RouterPolicy => ({ ...policy, id, toState: () => state });
    expect(policyDigest(own("a/1", { x: 1, y: 2 }))).toBe(policyDigest(own("a/1", { y: 2, x: 1 })));
    expect(policyDigest(own("a/1", null))).not.toBe(policyDigest(own("a/2", null)));
    expect(policyDigest(own("a/1", null))).not.toBe(policyDigest(own("a/1", {})));
  });
});
