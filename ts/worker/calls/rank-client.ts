import {
  CheckLengthsRequest,
  CheckLengthsResponse,
  GenerateRequest,
  GenerateResponse,
  MeasureRequest,
  MeasureResponse,
  ScoreRequest,
  ScoreResponse,
} from "../../gen/tomoe/v1/generation.ts";
import {
  CreateModelRequest,
  CreateModelResponse,
  FitTokenizerResponse,
  LiftModelRequest,
  LiftModelResponse,
} from "../../gen/tomoe/v1/model.ts";
import {
  LoadCheckpointRequest,
  SaveCheckpointRequest,
  SaveCheckpointResponse,
} from "../../gen/tomoe/v1/stage.ts";
import {
  DropTensorRequest,
  DropTensorResponse,
  OpenTensorRequest,
  OpenTensorResponse,
} from "../../gen/tomoe/v1/tensor.ts";
import { TryStageRequest, TryStageResponse } from "../../gen/tomoe/v1/trial.ts";
import {
  ResetRequest,
  ResetResponse,
  WorkerServiceService as service,
} from "../../gen/tomoe/v1/worker_service.ts";
import type { GeneratedText, ScoredChoices } from "../../schema/batch.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { StageSpec } from "../../schema/stage.ts";
import type { TensorRef } from "../../schema/tensor.ts";
import type {
  CallOptions,
  CheckedLengths,
  CheckpointFile,
  CheckpointPlace,
  CreatedModel,
  FeedSession,
  GenerateJob,
  LengthText,
  LiftReport,
  LoadedState,
  ScoreJob,
  StageOptions,
  StageSession,
  TensorColumnFacts,
  TokenizerFacts,
  WorkerAccess,
  WorkerClient,
  WorkerFacts,
  WorkerHealth,
} from "../rank.ts";
import type { TrialJob, TriedStage } from "../trial.ts";
import { decodeHealth, decodeLoadedState } from "../wire/decode.ts";
import { digestMessage, requireSameDigest } from "../wire/digest.ts";
import {
  batchShape,
  encodeModelSpec,
  modelShape,
  planShape,
  tensorShape,
  volumeShape,
} from "../wire/encode.ts";
import { pack, unpack } from "../wire/walk.ts";
import type { CallRecord } from "./call-record.ts";
import type { WorkerChannel } from "./channel.ts";
import { openFeedSession } from "./feed-session.ts";
import { openStageSession } from "./stage-session.ts";
import { tokenizerRequests, uploadTensor } from "./uploads.ts";

const second = 1_000;
const minute = 60 * second;
/** Deadline of each call when the caller sets none, in milliseconds. */
const timeouts = {
  health: 5 * second,
  shutdown: 5 * second,
  reset: 10 * second,
  tensor: minute,
  upload: 5 * minute,
  model: 10 * minute,
  answers: 60 * minute,
  checkpoint: 30 * minute,
} as const;

/** The calls of one rank over an open channel. */
export class ChannelClient implements WorkerClient {
  readonly facts: WorkerFacts;
  readonly access: WorkerAccess;
  readonly #channel: WorkerChannel;

  constructor(channel: WorkerChannel, facts: WorkerFacts, access: WorkerAccess) {
    this.#channel = channel;
    this.facts = facts;
    this.access = access;
  }

  /** How the calls made through this client went. */
  get calls(): CallRecord {
    return this.#channel.calls;
  }

  async fitTokenizer(
    lines: Iterable<string> | AsyncIterable<string>,
    vocab: number,
    options: CallOptions = {},
  ): Promise<TokenizerFacts> {
    const requests = tokenizerRequests(lines, vocab);
    const bound = bounds(options, timeouts.model);
    return unpack(
      FitTokenizerResponse,
      await this.#channel.clientStream(service.fitTokenizer, requests, bound),
    );
  }

  async createModel(spec: ModelSpec, seed: number, options: CallOptions = {}): Promise<CreatedModel> {
    const request = pack(CreateModelRequest, { spec: modelShape(spec), seed });
    const response = await this.#channel.unary(service.createModel, request, bounds(options, timeouts.model));
    const { specDigest, ...created } = unpack(CreateModelResponse, response);
    requireSameDigest("ModelSpec", digestMessage(encodeModelSpec(spec)), specDigest);
    return created;
  }

  async liftModel(seed: number, options: CallOptions = {}): Promise<LiftReport> {
    const request = pack(LiftModelRequest, { seed });
    return unpack(
      LiftModelResponse,
      await this.#channel.unary(service.liftModel, request, bounds(options, timeouts.model)),
    );
  }

  async tryStage(
    { stages, plans, batches, trials }: TrialJob,
    options: CallOptions = {},
  ): Promise<readonly TriedStage[]> {
    const nouns = { stages, plans: plans.map(planShape), batches: batches.map(batchShape), trials };
    const request = pack(TryStageRequest, nouns);
    const response = await this.#channel.unary(service.tryStage, request, bounds(options, timeouts.answers));
    return unpack(TryStageResponse, response, ["losses", "gradientNorms", "moved", "apart"]).trials;
  }

  openStage(spec: StageSpec, options: StageOptions = {}): Promise<StageSession> {
    return openStageSession(this.#channel, spec, options);
  }

  openFeed(options: CallOptions = {}): Promise<FeedSession> {
    return openFeedSession(this.#channel, options);
  }

  async *generate(
    job: GenerateJob,
    options: CallOptions = {},
  ): AsyncGenerator<GeneratedText, void, undefined> {
    const request = pack(GenerateRequest, { ...job, ...asked(job) });
    const texts = this.#channel.serverStream(service.generate, request, bounds(options, timeouts.answers));
    for await (const response of texts) yield unpack(GenerateResponse, response);
  }

  async *score(job: ScoreJob, options: CallOptions = {}): AsyncGenerator<ScoredChoices, void, undefined> {
    const request = pack(ScoreRequest, { ...job, ...asked(job) });
    const scores = this.#channel.serverStream(service.score, request, bounds(options, timeouts.answers));
    for await (const response of scores) yield unpack(ScoreResponse, response);
  }

  async checkLengths(
    depth: number,
    texts: readonly LengthText[],
    options: CallOptions = {},
  ): Promise<CheckedLengths> {
    const request = pack(CheckLengthsRequest, { depth, texts });
    return unpack(
      CheckLengthsResponse,
      await this.#channel.unary(service.checkLengths, request, bounds(options, timeouts.model)),
    );
  }

  async measure(
    metric: string,
    pairs: readonly { readonly prediction: string; readonly target: string }[],
    options: CallOptions = {},
  ): Promise<{ readonly signature: string; readonly scores: readonly number[] }> {
    const request = pack(MeasureRequest, { metric, pairs });
    return unpack(
      MeasureResponse,
      await this.#channel.unary(service.measure, request, bounds(options, timeouts.model)),
    );
  }

  putTensor(
    uploadId: string,
    parts: readonly Uint8Array[],
    options: CallOptions = {},
  ): Promise<readonly TensorColumnFacts[]> {
    return uploadTensor(this.#channel, uploadId, parts, bounds(options, timeouts.upload));
  }

  async openTensor(tensor: TensorRef, options: CallOptions = {}): Promise<readonly TensorColumnFacts[]> {
    const request = pack(OpenTensorRequest, { tensor: tensorShape(tensor) });
    const response = await this.#channel.unary(service.openTensor, request, bounds(options, timeouts.tensor));
    return unpack(OpenTensorResponse, response).columns;
  }

  async dropTensor(tensor: TensorRef, options: CallOptions = {}): Promise<boolean> {
    const request = pack(DropTensorRequest, { tensor: tensorShape(tensor) });
    const response = await this.#channel.unary(service.dropTensor, request, bounds(options, timeouts.tensor));
    return unpack(DropTensorResponse, response).dropped;
  }

  async saveCheckpoint(
    place: CheckpointPlace,
    options: CallOptions = {},
  ): Promise<readonly CheckpointFile[]> {
    const request = pack(SaveCheckpointRequest, place);
    const response = await this.#channel.unary(
      service.saveCheckpoint,
      request,
      bounds(options, timeouts.checkpoint),
    );
    return unpack(SaveCheckpointResponse, response).files;
  }

  async loadCheckpoint(
    place: CheckpointPlace,
    files: readonly CheckpointFile[],
    trainingState: boolean,
    options: CallOptions = {},
  ): Promise<LoadedState> {
    const request = pack(LoadCheckpointRequest, { ...place, files, trainingState });
    return decodeLoadedState(
      await this.#channel.unary(service.loadCheckpoint, request, bounds(options, timeouts.checkpoint)),
    );
  }

  async health(options: CallOptions = {}): Promise<WorkerHealth> {
    return decodeHealth(await this.#channel.unary(service.health, {}, bounds(options, timeouts.health)));
  }

  async shutdown(options: CallOptions = {}): Promise<void> {
    await this.#channel.unary(service.shutdown, {}, bounds(options, timeouts.shutdown));
  }

  /**
   * Has the worker let go of its run and of all that it changed there: afterwards it waits for the hello of
   * another one, over another channel.
   *
   * @param nextToken - of the next run; this one's is refused from then on.
   * @returns bytes that the process still holds.
   * @throws TomoeError `WORKER_STATE` when it cannot: a call failed there, or something is still held.
   */
  async reset(
    nextToken: string,
    options: CallOptions = {},
  ): Promise<{ readonly residentBytes: number; readonly deviceBytes: number }> {
    const request = pack(ResetRequest, { nextToken });
    return unpack(
      ResetResponse,
      await this.#channel.unary(service.reset, request, bounds(options, timeouts.reset)),
    );
  }

  close(): void {
    this.#channel.close();
  }
}

function bounds(options: CallOptions, timeoutMs: number): CallOptions & { readonly timeoutMs: number } {
  return { ...options, timeoutMs: options.timeoutMs ?? timeoutMs };
}

function asked({ volumes, queries, plan }: Pick<ScoreJob, "volumes" | "queries" | "plan">) {
  return { volumes: volumes.map(volumeShape), queries, plan: planShape(plan) };
}
