import { z } from "zod";
import { allStages, type ResolvedExperiment } from "../../config/index.ts";
import { bug, type JsonValue, TomoeError } from "../../errors.ts";
import { planInForce } from "../../router/index.ts";
import { type PlanContext, type RoutingPlan, routingPlanSchema } from "../../schema/router.ts";
import type { VerifiedCheckpoint } from "../../track/read/index.ts";
import { planContext } from "./first-plan.ts";

/** The conductor's part of a checkpoint: what goes on in TypeScript where the weights go on in the worker. */
const conductorSchema = z.strictObject({
  /** Position of the stage among all stages of the run, pre-training first. */
  stageIndex: z.int().nonnegative(),
  /** True once the model is lifted to volumes. */
  lifted: z.boolean(),
  /** True where the stage ended before its last step; else it is not there. */
  ended: z.literal(true).optional(),
  /** The plan in force at the next step, then those decided ahead of their time. */
  plans: z.array(routingPlanSchema).min(1),
});

/** Where the conductor stands, as a checkpoint keeps it. */
export interface ConductorState {
  readonly stageIndex: number;
  readonly lifted: boolean;
  readonly ended?: true | undefined;
  readonly plans: readonly RoutingPlan[];
}

/** "2 groups (report, open-vqa), sites vision.blocks.2.mlp, 4 experts": what two plans of one stage have in common. */
function shapeOf(groups: readonly string[], sites: readonly string[], experts: readonly number[]): string {
  const shape = [`groups ${groups.join(", ")}`];
  if (sites.length > 0) shape.push(`sites ${sites.join(", ")}`, `${experts.join(" or ")} experts`);
  return shape.join("; ");
}

function shapeOfContext({ groups, sites, experts }: PlanContext): string {
  return shapeOf(groups, sites, [experts]);
}

function shapeOfPlan({ groups, layers }: RoutingPlan): string {
  const grids = layers.map(({ biasGE }) => biasGE);
  const sites = layers.map(({ site }) => site);
  const experts = [...new Set(grids.flat().map((biasE) => biasE.length))];
  const odd = grids.find((biasGE) => biasGE.length !== groups.length);
  return odd === undefined
    ? shapeOf(groups, sites, experts)
    : `${groups.length} groups, but biases for ${odd.length}`;
}

/** Why a state is none of this experiment; undefined when it is one. */
function problemOf(state: ConductorState, resolved: ResolvedExperiment): string | undefined {
  const stages = allStages(resolved.config);
  const stage = stages[state.stageIndex]?.stage;
  if (stage === undefined)
    return `stage ${state.stageIndex} is not one of the experiment's ${stages.length} stages`;
  const wanted = shapeOfContext(planContext({ resolved, stage, lifted: state.lifted }));
  const other = state.plans.map(shapeOfPlan).find((shape) => shape !== wanted);
  return other === undefined ? undefined : `a plan has ${other}, stage "${stage.name}" has ${wanted}`;
}

/**
 * What a checkpoint keeps of the conductor.
 *
 * @throws TomoeError `ROUTER_SHAPE` when a plan does not fit the stage, so that nothing is written that could
 * not be resumed; `INTERNAL` for a state that is none.
 */
export function conductorPart({
  state,
  resolved,
}: {
  readonly state: ConductorState;
  readonly resolved: ResolvedExperiment;
}): JsonValue {
  const parsed = conductorSchema.safeParse(state);
  if (!parsed.success) throw bug(`the conductor's state cannot be kept: ${z.prettifyError(parsed.error)}`);
  const problem = problemOf(state, resolved);
  if (problem !== undefined)
    throw new TomoeError("ROUTER_SHAPE", problem, {
      hint: "A policy's plans keep the groups, sites and experts of the context its first plan was asked with.",
      details: { stageIndex: state.stageIndex },
    });
  return parsed.data as unknown as JsonValue;
}

/**
 * Reads the conductor's part of a checkpoint back, every field checked and every plan compared with its stage.
 *
 * @throws TomoeError `CHECKPOINT_INVALID` when it is not what `conductorPart` writes for this experiment.
 */
export function readConductorState({
  checkpoint,
  resolved,
}: {
  readonly checkpoint: VerifiedCheckpoint;
  readonly resolved: ResolvedExperiment;
}): ConductorState {
  const { ref, manifest } = checkpoint;
  const parsed = conductorSchema.safeParse(manifest.parts.conductor);
  const [issue] = parsed.error?.issues ?? [];
  const problem = parsed.success
    ? problemOf(parsed.data, resolved)
    : `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
  if (parsed.success && problem === undefined) return parsed.data;
  throw new TomoeError(
    "CHECKPOINT_INVALID",
    `checkpoint ${ref.name} does not say where the conductor stood: ${problem ?? ""}`,
    {
      hint: "It was changed, or written by another version of Tomoe; start a new run.",
      details: { checkpoint: ref.name, problem: problem ?? "" },
    },
  );
}

/**
 * The plan a checkpoint resumes with: it governs generation and scoring too.
 *
 * @throws TomoeError as `readConductorState`; `ROUTER_PLAN_STALE` when none governs its next step.
 */
export function planOf(kept: {
  readonly checkpoint: VerifiedCheckpoint;
  readonly resolved: ResolvedExperiment;
}): RoutingPlan {
  return planInForce(readConductorState(kept).plans, kept.checkpoint.manifest.step);
}
