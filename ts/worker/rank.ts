import type { Batch, Batching, BatchVolume, GeneratedText, Query, ScoredChoices } from "../schema/batch.ts";
import type { ModelSpec, ParameterGroup } from "../schema/model.ts";
import type { RoutingPlan } from "../schema/router.ts";
import type { OptimizerGroup, StageSpec, StepResult } from "../schema/stage.ts";
import type { TensorRef } from "../schema/tensor.ts";
import type { TrialJob, TriedStage } from "./trial.ts";

/** A folder the workers may open. Checkpoint folders are writable; caches are not. */
export interface WorkerRoot {
  readonly name: string;
  readonly path: string;
  readonly writable: boolean;
}

/** Bounds of one call; every call also has a deadline of its own. */
export interface CallOptions {
  /** Stops the call here and, where the worker can, over there. */
  readonly signal?: AbortSignal;
  /** Deadline of the call in milliseconds, in place of the method's own. */
  readonly timeoutMs?: number;
}

/** What the worker said of itself in the hello. */
export interface WorkerFacts {
  readonly protocol: { readonly major: number; readonly minor: number };
  readonly rank: number;
  readonly worldSize: number;
  readonly node: string;
  /** "cpu" or "cuda:0". */
  readonly device: string;
  /** Address the calls go to, "unix:..." or "127.0.0.1:PORT". */
  readonly address: string;
  /** Versions of python, torch, transformers, pyarrow; cpu capability; threads. Plain JSON, for the run record. */
  readonly environment: { readonly [fact: string]: string | number | boolean | null };
}

/** What another process needs to call the same rank: a feeder, say. The token is a secret. */
export interface WorkerAccess {
  readonly address: string;
  readonly token: string;
  readonly attempt: number;
}

export interface TokenizerFacts {
  readonly digest: string;
  readonly vocab: number;
}

/** A 2D model that is in the worker's memory. */
export interface CreatedModel {
  readonly groups: readonly ParameterGroup[];
  /** Of the tokenizer it reads and writes by. */
  readonly tokenizerDigest: string;
}

/** What became of one tensor of the base. */
export interface LiftedTensor {
  readonly name: string;
  /** Over type, shape and bytes before the lift; empty for an ignored one. */
  readonly sha256: string;
  /** "reused", "inactive" (in the model, but not read) or "ignored" (not in the model). */
  readonly fate: string;
  /** Why it is not read; empty for a reused one. */
  readonly reason: string;
  /** Places where it is now, each compared with it. */
  readonly copies: number;
}

/** A lift: every tensor of the base is reused, inactive or ignored; all others are new. */
export interface LiftReport {
  readonly reusedTensors: number;
  readonly newTensors: number;
  readonly inactiveTensors: number;
  readonly groups: readonly ParameterGroup[];
  readonly ignoredTensors: number;
  /** SHA-256 over names and digests of the base's tensors. */
  readonly baseDigest: string;
  readonly tensors: readonly LiftedTensor[];
  /** What is new, by component. */
  readonly additions: readonly { readonly component: string; readonly tensors: number }[];
}

export interface TensorColumnFacts {
  readonly name: string;
  readonly dtype: string;
  readonly rows: number;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

export interface CheckpointFile {
  readonly name: string;
  readonly lengthBytes: number;
  readonly sha256: string;
}

/** A checkpoint folder: a root agreed in the hello, and a path below it, "/" separated. */
export interface CheckpointPlace {
  readonly root: string;
  readonly path: string;
}

export interface LoadedState {
  readonly stage: string;
  readonly nextStep: number;
  readonly lifted: boolean;
  readonly routing: "shared" | "per-task";
  readonly preprocessDigest: string;
  readonly tokenizerDigest: string;
  readonly weightsDigest: string;
}

export interface WorkerHealth {
  /** Finished steps and answered queries: progress, not liveness. */
  readonly progress: number;
  readonly state: "idle" | "training" | "generating" | "loading";
  readonly residentBytes: number;
}

export interface GenerateJob {
  readonly volumes: readonly BatchVolume[];
  readonly queries: readonly Query[];
  /** "greedy": the likeliest token each time. */
  readonly mode: "greedy";
  readonly maxNewTokens: number;
  readonly batching: Batching;
  /** False: no image token stands before the prompt, and no volume is encoded. */
  readonly seesImage: boolean;
  readonly plan: RoutingPlan;
}

export interface ScoreJob {
  readonly volumes: readonly BatchVolume[];
  /** Each with at least two choices. */
  readonly queries: readonly Query[];
  /** "loglik-sum": log-probabilities of an option's tokens and the end token, summed. */
  readonly mode: "loglik-sum";
  readonly batching: Batching;
  /** As of a `GenerateJob`. */
  readonly seesImage: boolean;
  readonly plan: RoutingPlan;
}

/** What one rank is to do in one optimizer step. */
export interface StepCommand {
  readonly step: number;
  /** `digestPlan` of the plan in force at this step. */
  readonly planDigest: string;
  /** `digestBatch` of the batch this rank is fed for this step. */
  readonly batchDigest: string;
}

export interface StageOptions extends CallOptions {
  /**
   * Shortest time a step may take before the worker counts as hung; the deadline is max(this, 10 x the
   * slowest step so far). Default that of `execution.stepDeadlineSeconds`.
   */
  readonly minStepDeadlineMs?: number;
}

/**
 * The Train stream of one rank: plans and step commands out, results in. Commands may be sent ahead; results
 * come in their order.
 */
export interface StageSession {
  /** First step still to be done: 0, or where a loaded checkpoint goes on. */
  readonly firstStep: number;
  readonly trainableParameters: number;
  /** Tensors of the base that no stage trains up to here, found equal to what they were before the lift. */
  readonly keptTensors: number;
  /** The base they belong to, as `LiftReport` names it; empty before the lift. */
  readonly baseDigest: string;
  /** Every trained tensor is in one of them: which rate and which weight decay it has. */
  readonly optimizerGroups: readonly OptimizerGroup[];
  /** Sends a plan and returns its digest. It governs from `plan.effectiveFromStep` on. */
  sendPlan(plan: RoutingPlan): string;
  /**
   * Runs one optimizer step.
   * @throws TomoeError `ROUTER_PLAN_STALE`, `WIRE_DIGEST`, `TRAIN_DIVERGED`, `OUT_OF_MEMORY`, `WORKER_HUNG`,
   * `WORKER_DIED` (naming the step), `CANCELLED`.
   */
  step(command: StepCommand): Promise<StepResult>;
  /**
   * Ends the stage and returns the number of steps done in this process; the feed of the stage ends with it.
   */
  end(): Promise<number>;
  /** Gives the stream up: what is in flight rejects with `CANCELLED`. */
  cancel(): void;
}

/** The Feed stream of one rank. May be held by another process than the Train stream. */
export interface FeedSession {
  /**
   * Sends a batch once the worker has granted a credit for it; resolves when it is sent.
   * Call it without awaiting the last one only if you bound the number yourself.
   */
  send(batch: Batch): Promise<void>;
  /** Digest of the batch of `step` as the worker decoded it; waits for the acknowledgement. */
  acknowledged(step: number): Promise<string>;
  /** Says that no batch follows, and waits until the worker has closed its side. */
  end(): Promise<void>;
  cancel(): void;
}

/** A text whose length is asked for: `answer` is a target or an option, `reserve` tokens are to be generated. */
export interface LengthText {
  readonly prompt: string;
  readonly answer: string;
  readonly reserve: number;
}

/** Positions of the model, those the longest text needs, and the texts that need more, by their places; `answer` is tokens of theirs. */
export interface CheckedLengths {
  readonly limit: number;
  readonly longest: number;
  readonly tooLong: readonly { readonly place: number; readonly needed: number; readonly answer: number }[];
}

/**
 * One rank of the worker: one process, one device, one server. Every method takes and gives nouns of
 * `ts/schema`;
 * what comes in is checked field by field.
 *
 * Errors of every method: those the worker raises, with their code; `WORKER_DIED` (signal or exit code, last
 * lines of its log),
 * `WORKER_UNAVAILABLE`, `WORKER_HUNG` at the deadline, `WIRE_INCOMPLETE`, `WIRE_INVALID`, `WIRE_TOO_LARGE`
 * (before sending), `CANCELLED`.
 */
export interface WorkerClient {
  readonly facts: WorkerFacts;
  /** For `attachFeeder` in another process. */
  readonly access: WorkerAccess;
  fitTokenizer(
    lines: Iterable<string> | AsyncIterable<string>,
    vocab: number,
    options?: CallOptions,
  ): Promise<TokenizerFacts>;
  /** Builds the 2D model, of published files in the root "base" where its spec names some. Its spec's digest as decoded there is compared with ours (`WIRE_DIGEST`). */
  createModel(spec: ModelSpec, seed: number, options?: CallOptions): Promise<CreatedModel>;
  liftModel(seed: number, options?: CallOptions): Promise<LiftReport>;
  /** Carries out trials of a stage while none is open; weights and random state are afterwards what they were. */
  tryStage(job: TrialJob, options?: CallOptions): Promise<readonly TriedStage[]>;
  openStage(spec: StageSpec, options?: StageOptions): Promise<StageSession>;
  /** Opens the feed of the stage that is open; `WORKER_STATE` when none is. */
  openFeed(options?: CallOptions): Promise<FeedSession>;
  /** Texts, in the order they finish. */
  generate(job: GenerateJob, options?: CallOptions): AsyncIterable<GeneratedText>;
  score(job: ScoreJob, options?: CallOptions): AsyncIterable<ScoredChoices>;
  /** Which texts do not fit the positions of the model beside the image tokens of a volume of `depth` slices. */
  checkLengths(depth: number, texts: readonly LengthText[], options?: CallOptions): Promise<CheckedLengths>;
  /** Scores by the reference metric library. */
  measure(
    metric: string,
    pairs: readonly { readonly prediction: string; readonly target: string }[],
    options?: CallOptions,
  ): Promise<{ readonly signature: string; readonly scores: readonly number[] }>;
  /** Uploads Arrow IPC bytes in chunks; refer to them as `{ kind: "uploaded", uploadId }`. */
  putTensor(
    uploadId: string,
    parts: readonly Uint8Array[],
    options?: CallOptions,
  ): Promise<readonly TensorColumnFacts[]>;
  openTensor(tensor: TensorRef, options?: CallOptions): Promise<readonly TensorColumnFacts[]>;
  /** Frees an upload or unmaps a region; false when the worker holds no such thing. */
  dropTensor(tensor: TensorRef, options?: CallOptions): Promise<boolean>;
  /** Writes the state into an existing, empty folder. */
  saveCheckpoint(place: CheckpointPlace, options?: CallOptions): Promise<readonly CheckpointFile[]>;
  loadCheckpoint(
    place: CheckpointPlace,
    files: readonly CheckpointFile[],
    trainingState: boolean,
    options?: CallOptions,
  ): Promise<LoadedState>;
  health(options?: CallOptions): Promise<WorkerHealth>;
  /** Asks the process to end cleanly. */
  shutdown(options?: CallOptions): Promise<void>;
  /** Closes the channel; the process is left alone. */
  close(): void;
}
