import type { ServerDuplexStream } from "@grpc/grpc-js";
import type {
  StageReady,
  StepResult as StepMessage,
  TrainRequest,
  TrainResponse,
} from "../../../../../ts/gen/tomoe/v1/stage.ts";
import type { RoutingPlan, StageSpec } from "../../../../../ts/schema/index.ts";
import { openStageSession } from "../../../../../ts/worker/calls/stage-session.ts";
import { digestPlan, digestStageSpec } from "../../../../../ts/worker/wire/digest.ts";
import { caught } from "../../../../support/caught.ts";
import { refusal, scriptedWorker } from "../scripted-worker.ts";

type Call = ServerDuplexStream<TrainRequest, TrainResponse>;

const plan: RoutingPlan = {
  effectiveFromStep: 0,
  topK: 1,
  balanceLossWeight: 0,
  zLossWeight: 0,
  groups: ["shared"],
  layers: [],
};
const spec: StageSpec = {
  name: "shared",
  steps: 4,
  seed: 1,
  trains: [],
  objectives: [],
  warmupFraction: 0,
  weightDecay: 0,
  clipNorm: 1,
  routing: "shared",
  optimizer: { kind: "adamw", betas: [0.9, 0.98], epsilon: 1e-8, schedule: "cosine", decays: "matrices" },
  microBatch: 0,
  tooLong: "refuse",
  taskCosineEvery: 0,
  sharePrefix: false,
};

const ready = (change: Partial<StageReady> = {}): TrainResponse => ({
  event: {
    $case: "stageReady",
    value: {
      name: "shared",
      specDigest: digestStageSpec(spec),
      firstStep: 0,
      trainableParameters: 12n,
      keptTensors: 7,
      optimizerGroupCount: 1,
      optimizerGroups: [
        { component: "language", learningRate: 0.5, weightDecay: 0.125, tensors: 2, parameters: 6n },
      ],
      baseDigest: "b",
      ...change,
    },
  },
});
const result = (step: number, change: Partial<StepMessage> = {}): TrainResponse => ({
  event: {
    $case: "step",
    value: {
      step,
      loss: 0.5,
      gradientNorm: 1,
      learningRateScale: 1,
      objectiveCount: 0,
      objectiveLosses: [],
      termCount: 0,
      terms: [],
      cosineCount: 0,
      cosines: [],
      planDigest: digestPlan(plan),
      batchDigest: `b${step}`,
      expertLoad: {
        step,
        layerCount: 0,
        groupCount: 1,
        expertCount: 1,
        count: 0,
        tokens: [],
        bodyTokens: [],
        gateCount: 0,
        gateEntropy: [],
      },
      seconds: 0.01,
      rank: 0,
      ...change,
    },
  },
});
const ended = (name = "shared"): TrainResponse => ({
  event: { $case: "stageEnded", value: { name, stepsDone: 3 } },
});
const command = (step: number) => ({ step, planDigest: digestPlan(plan), batchDigest: `b${step}` });

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

/** Opens a stage on a peer that answers each request by `answer`; returns the session and what was asked. */
async function open(answer: (request: TrainRequest, call: Call) => void, options = {}) {
  const asked: TrainRequest[] = [];
  const worker = await scriptedWorker({
    train: (call: Call) => {
      call.on("data", (request: TrainRequest) => {
        asked.push(request);
        answer(request, call);
      });
      call.on("error", () => undefined);
    },
  });
  close.push(worker.close);
  return { asked, opening: openStageSession(worker.channel, spec, options) };
}

const orderly = (request: TrainRequest, call: Call): void => {
  if (request.command?.$case === "beginStage") call.write(ready({ firstStep: 1 }));
  if (request.command?.$case === "step") call.write(result(request.command.value.step ?? -1));
  if (request.command?.$case === "endStage") {
    call.write(ended());
    call.end();
  }
};

describe("a stage session", () => {
  it("begins where the worker says, sends plans and steps in order, and ends", async () => {
    const { asked, opening } = await open(orderly);
    const stage = await opening;
    expect([stage.firstStep, stage.trainableParameters]).toEqual([1, 12]);
    expect([stage.keptTensors, stage.baseDigest]).toEqual([7, "b"]);
    expect(stage.optimizerGroups).toEqual([
      { component: "language", learningRate: 0.5, weightDecay: 0.125, tensors: 2, parameters: 6 },
    ]);
    expect(stage.sendPlan(plan)).toBe(digestPlan(plan));
    const results = await Promise.all([1, 2, 3].map((step) => stage.step(command(step))));
    expect(results.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(await stage.end()).toBe(3);
    expect(asked.map(({ command: sent }) => sent?.$case)).toEqual([
      "beginStage",
      "plan",
      "step",
      "step",
      "step",
      "endStage",
    ]);
    expect((await caught(() => stage.step(command(4)))).message).toBe("[WORKER_STATE] stage shared is over");
    expect((await caught(() => stage.sendPlan(plan))).code).toBe("WORKER_STATE");
  });

  it("does not open on a spec that was decoded as another", async () => {
    const { opening } = await open((_request, call) => call.write(ready({ specDigest: "f".repeat(64) })));
    const error = await caught(() => opening);
    expect(error.code).toBe("WIRE_DIGEST");
    expect(error.message).toMatch(
      /^\[WIRE_DIGEST\] the worker decoded another StageSpec: ffffffffffff there, [0-9a-f]{12} here$/,
    );
  });

  it("passes on why a stage does not open", async () => {
    const { opening } = await open((_request, call) =>
      call.emit("error", refusal("CONFIG_INVALID", "no such component")),
    );
    expect((await caught(() => opening)).message).toBe("[CONFIG_INVALID] no such component");
  });

  it("gives up on a stage that does not open in time", async () => {
    const { opening } = await open(() => undefined, { timeoutMs: 60 });
    const error = await caught(() => opening);
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_HUNG",
      message: "[WORKER_HUNG] stage shared made no progress for 60 ms",
    });
  });

  const bad: readonly (readonly [string, TrainResponse, string, string])[] = [
    ["another step", result(7), "WIRE_INVALID", "[WIRE_INVALID] a result of step 7 came, awaited was 1"],
    [
      "another plan",
      result(1, { planDigest: "e".repeat(64) }),
      "WIRE_DIGEST",
      `[WIRE_DIGEST] the worker decoded another RoutingPlan: eeeeeeeeeeee there, ${digestPlan(plan).slice(0, 12)} here`,
    ],
    [
      "another batch",
      result(1, { batchDigest: "other" }),
      "WIRE_DIGEST",
      "[WIRE_DIGEST] the worker decoded another Batch: other there, b1 here",
    ],
    [
      "a missing field",
      result(1, { loss: undefined }),
      "WIRE_INCOMPLETE",
      "[WIRE_INCOMPLETE] the message lacks TrainResponse.step.loss",
    ],
    [
      "no event",
      { event: undefined },
      "WIRE_INCOMPLETE",
      "[WIRE_INCOMPLETE] the message lacks TrainResponse.event",
    ],
    [
      "the end of another stage",
      ended("other"),
      "WIRE_INVALID",
      "[WIRE_INVALID] stage other ended, open is shared",
    ],
  ];
  it.each(bad)(
    "refuses a result with %s, and every step after it",
    async (_what, response, code, message) => {
      const { opening } = await open((request, call) =>
        request.command?.$case === "step" ? call.write(response) : orderly(request, call),
      );
      const stage = await opening;
      const [first, second] = [1, 2].map((step) => caught(() => stage.step(command(step))));
      const error = await first;
      expect({ code: error?.code, message: error?.message }).toEqual({ code, message });
      expect((await second)?.code).toBe(code);
      expect((await caught(() => stage.end())).code).toBe(code);
    },
  );

  /** Runs `attempt` at a slower and slower pace until this machine keeps it: an answer in far less than `paceMs`. */
  async function atSomePace(attempt: (paceMs: number) => Promise<void>): Promise<void> {
    for (let paceMs = 300; ; paceMs *= 3) {
      try {
        await attempt(paceMs);
        return;
      } catch (error) {
        if (paceMs > 30_000) throw error;
      }
    }
  }

  it("calls the worker hung when a step takes longer than the deadline, and says which", async () => {
    await atSomePace(async (paceMs) => {
      const { opening } = await open(
        (request, call) => {
          if (request.command?.$case === "step" && request.command.value.step === 2) return;
          orderly(request, call);
        },
        { minStepDeadlineMs: paceMs },
      );
      const stage = await opening;
      await stage.step(command(1));
      const error = await caught(() => stage.step(command(2)));
      expect(error.code).toBe("WORKER_HUNG");
      expect(error.message).toMatch(/^\[WORKER_HUNG\] step 2 of stage shared made no progress for \d+ ms$/);
      expect(error.details.deadlineMs).toBeGreaterThanOrEqual(paceMs);
    });
  });

  it("allows ten times the slowest step so far before it calls the worker hung", async () => {
    await atSomePace(async (paceMs) => {
      const { opening } = await open(
        (request, call) => {
          const slow = { 1: 0.2, 2: 1.5 }[
            request.command?.$case === "step" ? (request.command.value.step ?? 0) : 0
          ];
          setTimeout(() => orderly(request, call), (slow ?? 0) * paceMs);
        },
        { minStepDeadlineMs: paceMs },
      );
      const stage = await opening;
      await stage.step(command(1));
      expect((await stage.step(command(2))).step).toBe(2);
    });
  });

  it("is cancelled as a whole by its signal", async () => {
    const controller = new AbortController();
    const { opening } = await open(
      (request, call) => {
        if (request.command?.$case === "beginStage") orderly(request, call);
      },
      { signal: controller.signal },
    );
    const stage = await opening;
    const step = caught(() => stage.step(command(1)));
    controller.abort();
    expect((await step).message).toBe("[CANCELLED] step 1 of stage shared was cancelled");
  });

  it("does not send a command that the wire cannot hold", async () => {
    const { asked, opening } = await open(orderly);
    const stage = await opening;
    expect((await caught(() => stage.step({ ...command(1), step: 1.5 }))).message).toBe(
      "[WIRE_INVALID] StepCommand.step is 1.5",
    );
    expect((await stage.step(command(1))).step).toBe(1);
    expect(asked.length).toBe(2);
  });

  it("tells that the worker closed the stage by itself", async () => {
    const { opening } = await open((request, call) =>
      request.command?.$case === "step" ? call.end() : orderly(request, call),
    );
    const stage = await opening;
    expect((await caught(() => stage.step(command(1)))).message).toBe("[WORKER_STATE] stage shared is over");
  });
});
