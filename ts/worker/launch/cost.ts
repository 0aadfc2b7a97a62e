import { z } from "zod";
import { ModelSpec as ModelSpecMessage } from "../../gen/tomoe/v1/model.ts";
import { RoutingPlan as RoutingPlanMessage } from "../../gen/tomoe/v1/routing.ts";
import { StageSpec as StageSpecMessage } from "../../gen/tomoe/v1/stage.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StageSpec } from "../../schema/stage.ts";
import { encodeModelSpec, encodePlan, encodeStageSpec } from "../wire/encode.ts";
import { oneJob } from "./one-job.ts";
import type { WorkerLaunch } from "./options.ts";

const sizes = {
  /** Numbers that are trained. */
  trainable: z.number(),
  /** What a step keeps for its backward pass, on one rank. */
  activationBytes: z.number(),
  /** Weights, but for those that published files hold, and the moments of what is trained. */
  checkpointBytes: z.number(),
  /** Floating-point operations of one step of one rank, forward and backward. */
  stepFlops: z.number(),
  /** Items answered a pass of the last vision block; 0 where none are. */
  sharing: z.number(),
};
const costSchema = z.object({
  /** By component; "inactive" is what belongs to none. */
  parameters: z.record(z.string(), z.number()),
  ...sizes,
  /**
   * Vision operations of the items on a volume one by one over those of all together, under each text guidance, for the
   * last stage with items; null where there are no experts.
   */
  guidanceGain: z.record(z.string(), z.number()).nullable(),
  /** Whether weights, gradients, moments and activations fit the free memory of the device. */
  fits: z.boolean(),
  stages: z.array(z.object({ name: z.string(), ...sizes })),
});

/** What an experiment costs: each size that of the widest stage, `sharing` that of the last with items. */
export type ExperimentCost = z.infer<typeof costSchema>;

/** A stage as one rank meets it. */
export interface CostedStage {
  readonly spec: StageSpec;
  /** The plan it begins with. */
  readonly plan: RoutingPlan;
  readonly lifted: boolean;
  /** Volumes or slices of one rank's step. */
  readonly volumes: number;
  /** Tasks of the items that ask about one of them. */
  readonly tasks: readonly string[];
  /** Rows and columns of a slice. */
  readonly side: number;
}

/** What is to be costed. */
export interface CostRequest {
  readonly packageRoot: string;
  readonly model: ModelSpec;
  /** Folder of the base's published files; null for a base without. */
  readonly baseFolder: string | null;
  readonly stages: readonly CostedStage[];
  readonly device: WorkerLaunch["device"];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/**
 * Has the worker's Python count one step of every stage on tensors without numbers; no worker is started.
 *
 * @throws TomoeError `CONFIG_INVALID` for a model that cannot be built; `CHECKPOINT_*` of a tokenizer that cannot be read; `ENVIRONMENT`, `PROCESS_TIMEOUT` as `oneJob`.
 */
export async function countCost(request: CostRequest): Promise<ExperimentCost> {
  return await oneJob({
    packageRoot: request.packageRoot,
    module: "tomoe_worker.server.cost",
    request: {
      model: base64(ModelSpecMessage.encode(encodeModelSpec(request.model)).finish()),
      baseFolder: request.baseFolder,
      device: request.device,
      stages: request.stages.map(({ spec, plan, ...rest }) => ({
        ...rest,
        spec: base64(StageSpecMessage.encode(encodeStageSpec(spec)).finish()),
        plan: base64(RoutingPlanMessage.encode(encodePlan(plan)).finish()),
      })),
    },
    answer: costSchema,
    doing: "count the cost",
    timeoutMs: 300_000,
  });
}
