import { join } from "node:path";
import { Batch } from "../../ts/gen/tomoe/v1/batch.ts";
import { ModelSpec } from "../../ts/gen/tomoe/v1/model.ts";
import { RoutingPlan } from "../../ts/gen/tomoe/v1/routing.ts";
import { StageSpec } from "../../ts/gen/tomoe/v1/stage.ts";
import { runBounded } from "../../ts/process/index.ts";
import type { StepResult } from "../../ts/schema/index.ts";
import { encodeBatch, encodeModelSpec, encodePlan, encodeStageSpec } from "../../ts/worker/wire/encode.ts";
import { python } from "../support/misbehaving/stand-in.ts";
import {
  batchOf,
  packageRoot,
  shapeDHW,
  sharedPlan,
  stageSpec,
  tinySpec,
  uploaded,
  vocabLines,
  voxels,
} from "./worker-fixture.ts";

/** What of a step two ways of training are compared by. */
export interface StepFacts {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly objectiveLosses: Readonly<Record<string, number>>;
  readonly tokensLGE: readonly (readonly (readonly number[])[])[];
}

export interface DirectTraining {
  readonly steps: readonly StepFacts[];
  readonly weightsDigest: string;
}

export const stepFacts = ({ loss, gradientNorm, objectiveLosses, expertLoad }: StepResult): StepFacts => ({
  loss,
  gradientNorm,
  objectiveLosses,
  tokensLGE: expertLoad.tokensLGE,
});

/** The fixture's three steps in Python alone, without server, session or wire. */
export async function trainDirectly(): Promise<DirectTraining> {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const job = {
    threads: 1,
    lines: vocabLines,
    modelSeed: 5,
    liftSeed: 6,
    shapeDHW,
    spec: base64(ModelSpec.encode(encodeModelSpec(tinySpec)).finish()),
    stage: base64(StageSpec.encode(encodeStageSpec(stageSpec())).finish()),
    plan: base64(RoutingPlan.encode(encodePlan(sharedPlan)).finish()),
    voxels: base64(Buffer.concat([0, 1, 2, 3].map((row) => Buffer.from(voxels(row).buffer)))),
    batches: [0, 1, 2].map((step) => base64(Batch.encode(encodeBatch(batchOf(step, uploaded))).finish())),
  };
  const { stdout, stderr, exitCode } = await runBounded({
    command: python,
    args: [join(packageRoot, "tests", "support", "direct_training.py")],
    input: Buffer.from(JSON.stringify(job)),
    timeoutMs: 600_000,
    maxOutputBytes: 1 << 20,
    env: { PYTHONPATH: join(packageRoot, "py-runtime"), PYTHONHASHSEED: "0", OMP_NUM_THREADS: "1" },
  });
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(Buffer.from(stdout).toString("utf8")) as DirectTraining;
}
