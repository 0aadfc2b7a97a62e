import { TomoeError } from "../../errors.ts";
import type { FitTokenizerRequest } from "../../gen/tomoe/v1/model.ts";
import type { PutTensorRequest } from "../../gen/tomoe/v1/tensor.ts";
import { WorkerServiceService as service } from "../../gen/tomoe/v1/worker_service.ts";
import type { GeneratedText, ScoredChoices } from "../../schema/batch.ts";
import type { ModelSpec, ParameterGroup } from "../../schema/model.ts";
import type { StageSpec } from "../../schema/stage.ts";
import type { TensorRef } from "../../schema/tensor.ts";
import {
  bytesFieldOverhead,
  crc32,
  piecesBytes,
  serializeBytesField,
  splitIntoWireChunks,
} from "../../tensor/index.ts";
import type {
  CallOptions,
  CheckpointFile,
  CheckpointPlace,
  FeedSession,
  GenerateJob,
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
import {
  decodeCheckpointFiles,
  decodeColumns,
  decodeCreatedModel,
  decodeGenerated,
  decodeHealth,
  decodeLiftReport,
  decodeLoadedState,
  decodeMeasured,
  decodeScored,
  decodeTokenizer,
} from "../wire/decode.ts";
import { digestModelSpec } from "../wire/digest.ts";
import {
  encodeBatchVolume,
  encodeModelSpec,
  encodePlan,
  encodeQuery,
  encodeTensorRef,
} from "../wire/encode.ts";
import { bool, fromUint64, text, toUint64, uint32 } from "../wire/fields.ts";
import type { WorkerChannel } from "./channel.ts";
import { rawWindow } from "./channel.ts";
import { openFeedSession } from "./feed-session.ts";
import { openStageSession } from "./stage-session.ts";

const second = 1_000;
const minute = 60 * second;
/** Deadline of each call when the caller sets none, in milliseconds. */
const timeouts = {
  health: 5 * second,
  shutdown: 5 * second,
  tensor: minute,
  upload: 5 * minute,
  model: 10 * minute,
  answers: 60 * minute,
  checkpoint: 30 * minute,
} as const;
const linesPerMessage = 1_000;
const charsPerMessage = 2 ** 20;
/** PutTensorRequest.chunk is field 2. */
const chunkField = 2;

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

  async fitTokenizer(
    lines: Iterable<string> | AsyncIterable<string>,
    vocab: number,
    options: CallOptions = {},
  ): Promise<TokenizerFacts> {
    return decodeTokenizer(
      await this.#channel.clientStream(
        service.fitTokenizer,
        tokenizerRequests(lines, vocab),
        bounds(options, timeouts.model),
      ),
    );
  }

  async createModel(
    spec: ModelSpec,
    seed: number,
    options: CallOptions = {},
  ): Promise<readonly ParameterGroup[]> {
    const request = { spec: encodeModelSpec(spec), seed: uint32(seed, "CreateModelRequest.seed") };
    const { specDigest, groups } = decodeCreatedModel(
      await this.#channel.unary(service.createModel, request, bounds(options, timeouts.model)),
    );
    const here = digestModelSpec(spec);
    if (specDigest !== here) {
      throw new TomoeError(
        "WIRE_DIGEST",
        `the worker decoded another ModelSpec: ${specDigest.slice(0, 12)} there, ${here.slice(0, 12)} here`,
        {
          hint: "Both sides must be of the same build; install the same version.",
          details: { message: "ModelSpec", here, there: specDigest },
        },
      );
    }
    return groups;
  }

  async liftModel(seed: number, options: CallOptions = {}): Promise<LiftReport> {
    return decodeLiftReport(
      await this.#channel.unary(
        service.liftModel,
        { seed: uint32(seed, "LiftModelRequest.seed") },
        bounds(options, timeouts.model),
      ),
    );
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
    const request = {
      ...asked(job, "GenerateRequest"),
      maxNewTokens: uint32(job.maxNewTokens, "GenerateRequest.maxNewTokens"),
      plan: encodePlan(job.plan),
    };
    for await (const response of this.#channel.serverStream(
      service.generate,
      request,
      bounds(options, timeouts.answers),
    ))
      yield decodeGenerated(response);
  }

  async *score(job: ScoreJob, options: CallOptions = {}): AsyncGenerator<ScoredChoices, void, undefined> {
    const request = { ...asked(job, "ScoreRequest"), plan: encodePlan(job.plan) };
    for await (const response of this.#channel.serverStream(
      service.score,
      request,
      bounds(options, timeouts.answers),
    ))
      yield decodeScored(response);
  }

  async measure(
    metric: string,
    pairs: readonly { readonly prediction: string; readonly target: string }[],
    options: CallOptions = {},
  ): Promise<{ readonly signature: string; readonly scores: readonly number[] }> {
    const request = {
      metric: text(metric, "MeasureRequest.metric"),
      pairCount: pairs.length,
      pairs: pairs.map(({ prediction, target }, index) => ({
        prediction: text(prediction, `MeasureRequest.pairs[${index}].prediction`),
        target: text(target, `MeasureRequest.pairs[${index}].target`),
      })),
    };
    return decodeMeasured(
      await this.#channel.unary(service.measure, request, bounds(options, timeouts.model)),
    );
  }

  async putTensor(
    uploadId: string,
    parts: readonly Uint8Array[],
    options: CallOptions = {},
  ): Promise<readonly TensorColumnFacts[]> {
    const response = await this.#channel.clientStream(
      service.putTensor,
      tensorRequests(uploadId, parts),
      bounds(options, timeouts.upload),
    );
    const sent = { uploadId, lengthBytes: piecesBytes(parts) };
    const taken = {
      uploadId: text(response.uploadId, "PutTensorResponse.uploadId"),
      lengthBytes: fromUint64(response.lengthBytes, "PutTensorResponse.lengthBytes"),
    };
    if (taken.uploadId !== sent.uploadId || taken.lengthBytes !== sent.lengthBytes) {
      throw new TomoeError(
        "WIRE_INVALID",
        `upload ${sent.uploadId} of ${sent.lengthBytes} bytes was taken as ${taken.uploadId} of ${taken.lengthBytes}`,
        { hint: "The worker is of another build; install the same version on both sides." },
      );
    }
    return decodeColumns(response.columns, response.columnCount, "PutTensorResponse");
  }

  async openTensor(tensor: TensorRef, options: CallOptions = {}): Promise<readonly TensorColumnFacts[]> {
    const response = await this.#channel.unary(
      service.openTensor,
      { tensor: encodeTensorRef(tensor, "OpenTensorRequest.tensor") },
      bounds(options, timeouts.tensor),
    );
    return decodeColumns(response.columns, response.columnCount, "OpenTensorResponse");
  }

  async dropTensor(tensor: TensorRef, options: CallOptions = {}): Promise<boolean> {
    const response = await this.#channel.unary(
      service.dropTensor,
      { tensor: encodeTensorRef(tensor, "DropTensorRequest.tensor") },
      bounds(options, timeouts.tensor),
    );
    return bool(response.dropped, "DropTensorResponse.dropped");
  }

  async saveCheckpoint(
    place: CheckpointPlace,
    options: CallOptions = {},
  ): Promise<readonly CheckpointFile[]> {
    const request = {
      root: text(place.root, "SaveCheckpointRequest.root"),
      path: text(place.path, "SaveCheckpointRequest.path"),
    };
    return decodeCheckpointFiles(
      await this.#channel.unary(service.saveCheckpoint, request, bounds(options, timeouts.checkpoint)),
    );
  }

  async loadCheckpoint(
    place: CheckpointPlace,
    files: readonly CheckpointFile[],
    trainingState: boolean,
    options: CallOptions = {},
  ): Promise<LoadedState> {
    const request = {
      root: text(place.root, "LoadCheckpointRequest.root"),
      path: text(place.path, "LoadCheckpointRequest.path"),
      fileCount: files.length,
      files: files.map(({ name, lengthBytes, sha256 }, index) => ({
        name: text(name, `LoadCheckpointRequest.files[${index}].name`),
        lengthBytes: toUint64(lengthBytes, `LoadCheckpointRequest.files[${index}].lengthBytes`),
        sha256: text(sha256, `LoadCheckpointRequest.files[${index}].sha256`),
      })),
      trainingState,
    };
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

  close(): void {
    this.#channel.close();
  }
}

function bounds(options: CallOptions, timeoutMs: number): CallOptions & { readonly timeoutMs: number } {
  return { ...options, timeoutMs: options.timeoutMs ?? timeoutMs };
}

function asked(job: Pick<GenerateJob, "volumes" | "queries">, message: string) {
  return {
    volumeCount: job.volumes.length,
    volumes: job.volumes.map((volume, index) => encodeBatchVolume(volume, `${message}.volumes[${index}]`)),
    queryCount: job.queries.length,
    queries: job.queries.map((query, index) => encodeQuery(query, `${message}.queries[${index}]`)),
  };
}

async function* tokenizerRequests(
  lines: Iterable<string> | AsyncIterable<string>,
  vocab: number,
): AsyncGenerator<FitTokenizerRequest, void, undefined> {
  yield { part: { $case: "header", value: { vocab: uint32(vocab, "TokenizerHeader.vocab") } } };
  let held: string[] = [];
  let chars = 0;
  const message = (): FitTokenizerRequest => ({
    part: { $case: "lines", value: { count: held.length, lines: held } },
  });
  for await (const line of lines) {
    held.push(text(line, `TokenizerLines.lines[${held.length}]`));
    chars += line.length;
    if (held.length < linesPerMessage && chars < charsPerMessage) continue;
    yield message();
    held = [];
    chars = 0;
  }
  if (held.length > 0) yield message();
}

function* tensorRequests(
  uploadId: string,
  parts: readonly Uint8Array[],
): Generator<PutTensorRequest | Buffer, void, undefined> {
  const chunks = splitIntoWireChunks(parts);
  const header = {
    uploadId: text(uploadId, "PutTensorHeader.uploadId"),
    lengthBytes: toUint64(piecesBytes(parts), "PutTensorHeader.lengthBytes"),
    chunkCount: chunks.length,
    crc32: crc32(parts),
  };
  yield { part: { $case: "header", value: header } };
  // The generated encoder and grpc-js would copy each chunk four times; this copies it once, into one of two
  // buffers in turn.
  const buffers = chunks
    .slice(0, rawWindow)
    .map((chunk) => Buffer.allocUnsafeSlow(piecesBytes(chunk) + bytesFieldOverhead));
  for (const [index, chunk] of chunks.entries())
    yield serializeBytesField(chunkField, chunk, buffers[index % rawWindow]);
}
