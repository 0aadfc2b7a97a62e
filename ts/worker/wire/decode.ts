import { TomoeError } from "../../errors.ts";
import type { ExpertLoad as ExpertLoadMessage } from "../../gen/tomoe/v1/routing.ts";
import type { StepResult as StepResultMessage } from "../../gen/tomoe/v1/stage.ts";
import { LoadCheckpointResponse, TrainResponse } from "../../gen/tomoe/v1/stage.ts";
import { HealthResponse, HelloResponse } from "../../gen/tomoe/v1/worker_service.ts";
import type { ExpertLoad } from "../../schema/router.ts";
import type { StepResult } from "../../schema/stage.ts";
import type { LoadedState, WorkerFacts, WorkerHealth } from "../rank.ts";
import { oneOf } from "./scalars.ts";
import type { Noun } from "./walk.ts";
import { unpack } from "./walk.ts";

/*
 * Messages -> nouns, for the replies whose noun is shaped otherwise or knows more: all else is `unpack` as it
 * stands. Every function here throws as `unpack`.
 */

/** What the Train stream says: the stage is ready, a step is done, the stage has ended. */
export type TrainEvent =
  | Exclude<Noun<TrainResponse>["event"], { readonly $case: "step" }>
  | { readonly $case: "step"; readonly value: StepResult };

export function decodeTrainEvent(response: TrainResponse): TrainEvent {
  const { event } = unpack(TrainResponse, response, ["loss", "gradientNorm"]);
  return event.$case === "step" ? { $case: "step", value: stepResult(event.value) } : event;
}

function stepResult({ objectiveLosses, terms, expertLoad, ...plain }: Noun<StepResultMessage>): StepResult {
  const byName = (losses: typeof terms) =>
    Object.fromEntries(losses.map(({ objective, loss }) => [objective, loss]));
  return {
    ...plain,
    objectiveLosses: byName(objectiveLosses),
    terms: byName(terms),
    expertLoad: expertLoadGrid(expertLoad),
  };
}

/** The counts of all experts in one row on the wire, layers x groups x experts here. */
function expertLoadGrid(load: Noun<ExpertLoadMessage>): ExpertLoad {
  const { layerCount: layers = 0, groupCount: groups = 0, expertCount: experts = 0, tokens } = load;
  const { gateEntropy } = load;
  if (tokens.length !== layers * groups * experts) {
    throw new TomoeError(
      "WIRE_INVALID",
      `ExpertLoad.tokens holds ${tokens.length} counts, not ${layers} layers x ${groups} groups x ${experts} experts`,
      { hint: "The worker is of another build; install the same version on both sides." },
    );
  }
  if (gateEntropy.length !== layers * groups) {
    throw new TomoeError(
      "WIRE_INVALID",
      `ExpertLoad.gateEntropy holds ${gateEntropy.length} numbers, not ${layers} layers x ${groups} groups`,
      { hint: "The worker is of another build; install the same version on both sides." },
    );
  }
  const grid = (counts: readonly number[]): ExpertLoad["tokensLGE"] =>
    Array.from({ length: layers }, (_layer, layer) =>
      Array.from({ length: groups }, (_group, group) =>
        counts.slice((layer * groups + group) * experts, (layer * groups + group + 1) * experts),
      ),
    );
  const gateEntropyLG = Array.from({ length: layers }, (_layer, layer) =>
    gateEntropy.slice(layer * groups, (layer + 1) * groups),
  );
  return { step: load.step, tokensLGE: grid(tokens), bodyLGE: grid(load.bodyTokens), gateEntropyLG };
}

export function decodeLoadedState(response: LoadCheckpointResponse): LoadedState {
  const { state } = unpack(LoadCheckpointResponse, response);
  const routing = oneOf(state.routing, ["shared", "per-task"], "LoadCheckpointResponse.state.routing");
  return { ...state, routing };
}

export function decodeHealth(response: HealthResponse): WorkerHealth {
  const health = unpack(HealthResponse, response);
  const states = ["idle", "training", "generating", "loading"] as const;
  return { ...health, state: oneOf(health.state, states, "HealthResponse.state") };
}

/** The hello's answer, less the address it came from; `descriptorDigest` is for the caller to compare. */
export function decodeHello(
  response: HelloResponse,
): Omit<WorkerFacts, "address"> & { readonly descriptorDigest: string } {
  const {
    protocolMajor: major,
    protocolMinor: minor,
    environmentJson,
    ...facts
  } = unpack(HelloResponse, response);
  return { ...facts, protocol: { major, minor }, environment: parseEnvironment(environmentJson) };
}

function parseEnvironment(json: string): WorkerFacts["environment"] {
  const invalid = (what: string, cause?: unknown): TomoeError =>
    new TomoeError("WIRE_INVALID", `HelloResponse.environmentJson ${what}`, {
      hint: "The worker is of another build; install the same version on both sides.",
      cause,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw invalid("is no JSON", cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw invalid("is no JSON object");
  const facts: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (
      typeof value !== "string" &&
      typeof value !== "number" &&
      typeof value !== "boolean" &&
      value !== null
    )
      throw invalid(`holds ${name}, which is no plain value`);
    facts[name] = value;
  }
  return facts;
}
