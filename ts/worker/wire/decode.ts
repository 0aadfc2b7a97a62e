import { TomoeError } from "../../errors.ts";
import type * as GenerationWire from "../../gen/tomoe/v1/generation.ts";
import type * as ModelWire from "../../gen/tomoe/v1/model.ts";
import type * as RoutingWire from "../../gen/tomoe/v1/routing.ts";
import type * as StageWire from "../../gen/tomoe/v1/stage.ts";
import type * as TensorWire from "../../gen/tomoe/v1/tensor.ts";
import type * as ServiceWire from "../../gen/tomoe/v1/worker_service.ts";
import type { GeneratedText, ScoredChoices } from "../../schema/batch.ts";
import type { ParameterGroup } from "../../schema/model.ts";
import type { ExpertLoad } from "../../schema/router.ts";
import type { StepResult } from "../../schema/stage.ts";
import type {
  CheckpointFile,
  LiftReport,
  LoadedState,
  TensorColumnFacts,
  TokenizerFacts,
  WorkerFacts,
  WorkerHealth,
} from "../rank.ts";
import { anyDouble, bool, counted, double, fromUint64, oneOf, required, text, uint32 } from "./fields.ts";

/*
 * Messages -> nouns, every field read: one that is missing is refused by name (`WIRE_INCOMPLETE`), one with
 * an impossible value too
 * (`WIRE_INVALID`). Every function here throws those two.
 */

export function decodeExpertLoad(load: RoutingWire.ExpertLoad | undefined): ExpertLoad {
  const given = required(load, "StepResult.expertLoad");
  const layers = uint32(given.layerCount, "ExpertLoad.layerCount");
  const groups = uint32(given.groupCount, "ExpertLoad.groupCount");
  const experts = uint32(given.expertCount, "ExpertLoad.expertCount");
  const tokens = counted(given.tokens, given.count, "ExpertLoad.tokens", "ExpertLoad.count");
  if (tokens.length !== layers * groups * experts) {
    throw new TomoeError(
      "WIRE_INVALID",
      `ExpertLoad.tokens holds ${tokens.length} counts, not ${layers} layers x ${groups} groups x ${experts} experts`,
      {
        hint: "The worker is of another build; install the same version on both sides.",
      },
    );
  }
  let next = 0;
  const take = (): number => {
    const path = `ExpertLoad.tokens[${next}]`;
    const value = fromUint64(tokens[next], path);
    next += 1;
    return value;
  };
  const grid = Array.from({ length: layers }, () =>
    Array.from({ length: groups }, () => Array.from({ length: experts }, take)),
  );
  return { step: uint32(given.step, "ExpertLoad.step"), tokensLGE: grid };
}

export function decodeStepResult(result: StageWire.StepResult): StepResult {
  const losses = counted(
    result.objectiveLosses,
    result.objectiveCount,
    "StepResult.objectiveLosses",
    "StepResult.objectiveCount",
  );
  return {
    step: uint32(result.step, "StepResult.step"),
    loss: anyDouble(result.loss, "StepResult.loss"),
    gradientNorm: anyDouble(result.gradientNorm, "StepResult.gradientNorm"),
    learningRateScale: double(result.learningRateScale, "StepResult.learningRateScale"),
    objectiveLosses: Object.fromEntries(
      losses.map(({ objective, loss }, index) => [
        text(objective, `StepResult.objectiveLosses[${index}].objective`),
        anyDouble(loss, `StepResult.objectiveLosses[${index}].loss`),
      ]),
    ),
    planDigest: text(result.planDigest, "StepResult.planDigest"),
    batchDigest: text(result.batchDigest, "StepResult.batchDigest"),
    expertLoad: decodeExpertLoad(result.expertLoad),
    seconds: double(result.seconds, "StepResult.seconds"),
    rank: uint32(result.rank, "StepResult.rank"),
  };
}

export function decodeStageReady(ready: StageWire.StageReady): {
  name: string;
  specDigest: string;
  firstStep: number;
  trainableParameters: number;
} {
  return {
    name: text(ready.name, "StageReady.name"),
    specDigest: text(ready.specDigest, "StageReady.specDigest"),
    firstStep: uint32(ready.firstStep, "StageReady.firstStep"),
    trainableParameters: fromUint64(ready.trainableParameters, "StageReady.trainableParameters"),
  };
}

export function decodeStageEnded(ended: StageWire.StageEnded): { name: string; stepsDone: number } {
  return {
    name: text(ended.name, "StageEnded.name"),
    stepsDone: uint32(ended.stepsDone, "StageEnded.stepsDone"),
  };
}

export function decodeGroups(
  groups: readonly ModelWire.ParameterGroup[],
  count: number | undefined,
  message: string,
): readonly ParameterGroup[] {
  return counted(groups, count, `${message}.groups`, `${message}.groupCount`).map(
    ({ component, parameters, tensors }, index) => ({
      component: text(component, `${message}.groups[${index}].component`),
      parameters: fromUint64(parameters, `${message}.groups[${index}].parameters`),
      tensors: uint32(tensors, `${message}.groups[${index}].tensors`),
    }),
  );
}

export function decodeCreatedModel(response: ModelWire.CreateModelResponse): {
  specDigest: string;
  groups: readonly ParameterGroup[];
} {
  return {
    specDigest: text(response.specDigest, "CreateModelResponse.specDigest"),
    groups: decodeGroups(response.groups, response.groupCount, "CreateModelResponse"),
  };
}

export function decodeLiftReport(response: ModelWire.LiftModelResponse): LiftReport {
  return {
    reusedTensors: uint32(response.reusedTensors, "LiftModelResponse.reusedTensors"),
    newTensors: uint32(response.newTensors, "LiftModelResponse.newTensors"),
    inactiveTensors: uint32(response.inactiveTensors, "LiftModelResponse.inactiveTensors"),
    groups: decodeGroups(response.groups, response.groupCount, "LiftModelResponse"),
  };
}

export function decodeTokenizer(response: ModelWire.FitTokenizerResponse): TokenizerFacts {
  return {
    digest: text(response.digest, "FitTokenizerResponse.digest"),
    vocab: uint32(response.vocab, "FitTokenizerResponse.vocab"),
  };
}

export function decodeGenerated(response: GenerationWire.GenerateResponse): GeneratedText {
  return {
    queryId: text(response.queryId, "GenerateResponse.queryId"),
    text: text(response.text, "GenerateResponse.text"),
    tokens: uint32(response.tokens, "GenerateResponse.tokens"),
    ended: bool(response.ended, "GenerateResponse.ended"),
    encodeSeconds: double(response.encodeSeconds, "GenerateResponse.encodeSeconds"),
    generateSeconds: double(response.generateSeconds, "GenerateResponse.generateSeconds"),
  };
}

export function decodeScored(response: GenerationWire.ScoreResponse): ScoredChoices {
  const logProbs = counted(
    response.logProbs,
    response.choiceCount,
    "ScoreResponse.logProbs",
    "ScoreResponse.choiceCount",
  );
  return {
    queryId: text(response.queryId, "ScoreResponse.queryId"),
    logProbs: logProbs.map((value, index) => double(value, `ScoreResponse.logProbs[${index}]`)),
  };
}

export function decodeMeasured(response: GenerationWire.MeasureResponse): {
  signature: string;
  scores: readonly number[];
} {
  const scores = counted(response.scores, response.count, "MeasureResponse.scores", "MeasureResponse.count");
  return {
    signature: text(response.signature, "MeasureResponse.signature"),
    scores: scores.map((value, index) => double(value, `MeasureResponse.scores[${index}]`)),
  };
}

export function decodeColumns(
  columns: readonly TensorWire.TensorColumn[],
  count: number | undefined,
  message: string,
): readonly TensorColumnFacts[] {
  return counted(columns, count, `${message}.columns`, `${message}.columnCount`).map((column, index) => {
    const path = `${message}.columns[${index}]`;
    return {
      name: text(column.name, `${path}.name`),
      dtype: text(column.dtype, `${path}.dtype`),
      rows: fromUint64(column.rows, `${path}.rows`),
      shape: counted(column.shape, column.rank, `${path}.shape`, `${path}.rank`).map((size, axis) =>
        uint32(size, `${path}.shape[${axis}]`),
      ),
    };
  });
}

export function decodeCheckpointFiles(response: StageWire.SaveCheckpointResponse): readonly CheckpointFile[] {
  return counted(
    response.files,
    response.fileCount,
    "SaveCheckpointResponse.files",
    "SaveCheckpointResponse.fileCount",
  ).map(({ name, lengthBytes, sha256 }, index) => ({
    name: text(name, `SaveCheckpointResponse.files[${index}].name`),
    lengthBytes: fromUint64(lengthBytes, `SaveCheckpointResponse.files[${index}].lengthBytes`),
    sha256: text(sha256, `SaveCheckpointResponse.files[${index}].sha256`),
  }));
}

export function decodeLoadedState(response: StageWire.LoadCheckpointResponse): LoadedState {
  const state = required(response.state, "LoadCheckpointResponse.state");
  return {
    stage: text(state.stage, "ModelStateSummary.stage"),
    nextStep: uint32(state.nextStep, "ModelStateSummary.nextStep"),
    lifted: bool(state.lifted, "ModelStateSummary.lifted"),
    routing: oneOf(state.routing, ["shared", "per-task"], "ModelStateSummary.routing"),
    preprocessDigest: text(state.preprocessDigest, "ModelStateSummary.preprocessDigest"),
    tokenizerDigest: text(state.tokenizerDigest, "ModelStateSummary.tokenizerDigest"),
    weightsDigest: text(state.weightsDigest, "ModelStateSummary.weightsDigest"),
  };
}

export function decodeHealth(response: ServiceWire.HealthResponse): WorkerHealth {
  return {
    progress: fromUint64(response.progress, "HealthResponse.progress"),
    state: oneOf(response.state, ["idle", "training", "generating", "loading"], "HealthResponse.state"),
    residentBytes: fromUint64(response.residentBytes, "HealthResponse.residentBytes"),
  };
}

/** The hello's answer, less the address it came from; `descriptorDigest` is for the caller to compare. */
export function decodeHello(
  response: ServiceWire.HelloResponse,
): Omit<WorkerFacts, "address"> & { readonly descriptorDigest: string } {
  return {
    protocol: {
      major: uint32(response.protocolMajor, "HelloResponse.protocolMajor"),
      minor: uint32(response.protocolMinor, "HelloResponse.protocolMinor"),
    },
    rank: uint32(response.rank, "HelloResponse.rank"),
    worldSize: uint32(response.worldSize, "HelloResponse.worldSize"),
    node: text(response.node, "HelloResponse.node"),
    device: text(response.device, "HelloResponse.device"),
    descriptorDigest: text(response.descriptorDigest, "HelloResponse.descriptorDigest"),
    environment: parseEnvironment(text(response.environmentJson, "HelloResponse.environmentJson")),
  };
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
