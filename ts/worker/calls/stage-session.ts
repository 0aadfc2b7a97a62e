import { TomoeError } from "../../errors.ts";
import type { StageReady, TrainRequest, TrainResponse } from "../../gen/tomoe/v1/stage.ts";
import { EndStage, StepCommand as StepCommandMessage } from "../../gen/tomoe/v1/stage.ts";
import { WorkerServiceService } from "../../gen/tomoe/v1/worker_service.ts";
import { executionOptions } from "../../schema/options/evaluation.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StageSpec, StepResult } from "../../schema/stage.ts";
import type { StageOptions, StageSession, StepCommand } from "../rank.ts";
import { decodeTrainEvent } from "../wire/decode.ts";
import { digestMessage, digestStageSpec, requireSameDigest } from "../wire/digest.ts";
import { encodePlan, encodeStageSpec } from "../wire/encode.ts";
import type { Noun } from "../wire/walk.ts";
import { pack } from "../wire/walk.ts";
import type { WorkerChannel } from "./channel.ts";
import type { Duplex } from "./duplex.ts";
import type { WorkerLife } from "./life.ts";
import { dumpStacks } from "./life.ts";

interface Pending {
  readonly command: StepCommand;
  readonly resolve: (result: StepResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Once<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

const slownessAllowed = 10;
const defaultOpenMs = 600_000;

/**
 * Opens the Train stream of one rank and waits until the stage is ready; errors as `WorkerClient.openStage`.
 */
export async function openStageSession(
  channel: WorkerChannel,
  spec: StageSpec,
  options: StageOptions,
): Promise<StageSession> {
  const session = new TrainStream(channel, spec, options);
  await session.opened;
  return session;
}

class TrainStream implements StageSession {
  readonly opened: Promise<void>;
  firstStep = 0;
  trainableParameters = 0;
  keptTensors = 0;
  baseDigest = "";
  optimizerGroups: StageSession["optimizerGroups"] = [];
  readonly #spec: StageSpec;
  readonly #life: WorkerLife | undefined;
  readonly #stream: Duplex<TrainRequest>;
  readonly #minDeadlineMs: number;
  readonly #pending: Pending[] = [];
  readonly #ready: Once<void> = once();
  readonly #ended: Once<number> = once();
  #failure: TomoeError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #progress = 0;
  #slowestMs = 0;
  #startedAt = 0;

  constructor(channel: WorkerChannel, spec: StageSpec, options: StageOptions) {
    this.#spec = spec;
    this.#life = channel.life;
    this.#minDeadlineMs = options.minStepDeadlineMs ?? executionOptions.stepDeadlineSeconds.default * 1000;
    this.opened = this.#ready.promise;
    // Whoever calls `end` hears of it; nobody has to.
    this.#ended.promise.catch(() => undefined);
    this.#stream = channel.duplex<TrainRequest, TrainResponse>(WorkerServiceService.train, options.signal, {
      during: () => this.#during(),
      onMessage: (message) => this.#receive(message),
      onEnd: (error) => this.#over(error),
    });
    this.#watch(options.timeoutMs ?? defaultOpenMs);
    this.#stream.send({ command: { $case: "beginStage", value: encodeStageSpec(spec) } });
  }

  sendPlan(plan: RoutingPlan): string {
    this.#requireOpen();
    const message = encodePlan(plan);
    this.#stream.send({ command: { $case: "plan", value: message } });
    return digestMessage(message);
  }

  step(command: StepCommand): Promise<StepResult> {
    return new Promise<StepResult>((resolve, reject) => {
      this.#requireOpen();
      this.#stream.send({ command: { $case: "step", value: pack(StepCommandMessage, command) } });
      this.#pending.push({ command, resolve, reject });
      if (this.#pending.length === 1) this.#watchStep();
    });
  }

  async end(): Promise<number> {
    this.#requireOpen();
    this.#stream.send({ command: { $case: "endStage", value: pack(EndStage, { name: this.#spec.name }) } });
    this.#stream.finish();
    this.#ending = true;
    if (this.#pending.length === 0) this.#watch(this.#minDeadlineMs);
    return await this.#ended.promise;
  }

  cancel(): void {
    this.#stream.cancel();
  }

  #receive(message: TrainResponse): void {
    const event = decodeTrainEvent(message);
    this.#progress += 1;
    if (event.$case === "stageReady") this.#becomeReady(event.value);
    else if (event.$case === "step") this.#takeResult(event.value);
    else {
      const { name, stepsDone } = event.value;
      clearTimeout(this.#timer);
      if (name !== this.#spec.name) throw unexpected(`stage ${name} ended, open is ${this.#spec.name}`);
      this.#ended.resolve(stepsDone);
    }
  }

  #becomeReady(ready: Noun<StageReady>): void {
    if (ready.name !== this.#spec.name)
      throw unexpected(`stage ${ready.name} is ready, opened was ${this.#spec.name}`);
    requireSameDigest("StageSpec", digestStageSpec(this.#spec), ready.specDigest);
    clearTimeout(this.#timer);
    this.firstStep = ready.firstStep;
    this.trainableParameters = ready.trainableParameters;
    this.keptTensors = ready.keptTensors;
    this.baseDigest = ready.baseDigest;
    this.optimizerGroups = ready.optimizerGroups;
    this.#ready.resolve();
  }

  #takeResult(result: StepResult): void {
    const [head] = this.#pending;
    if (head === undefined || head.command.step !== result.step)
      throw unexpected(`a result of step ${result.step} came, awaited was ${head?.command.step ?? "none"}`);
    requireSameDigest("RoutingPlan", head.command.planDigest, result.planDigest);
    requireSameDigest("Batch", head.command.batchDigest, result.batchDigest);
    this.#pending.shift();
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - this.#startedAt);
    this.#watchStep();
    head.resolve(result);
  }

  /**
   * Progress is watched step by step, from when a step is the next one to finish: a worker that only answers
   * Health is not alive.
   */
  #watchStep(): void {
    clearTimeout(this.#timer);
    this.#startedAt = performance.now();
    if (this.#pending.length > 0)
      this.#watch(Math.max(this.#minDeadlineMs, slownessAllowed * this.#slowestMs));
    else if (this.#ending) this.#watch(this.#minDeadlineMs);
  }

  #watch(deadlineMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#hang(deadlineMs), deadlineMs);
  }

  async #hang(deadlineMs: number): Promise<void> {
    const during = this.#during();
    const mark = this.#progress;
    const life = this.#life;
    if (life !== undefined) await dumpStacks([life.pid]);
    // It may have gone on, or died, while the stacks were written.
    if (this.#failure === undefined && mark === this.#progress) {
      this.#over(
        new TomoeError("WORKER_HUNG", `${during} made no progress for ${Math.round(deadlineMs)} ms`, {
          hint: "The worker hangs, or its batch never came; it is ended and the run goes on from its last checkpoint.",
          details: { during, deadlineMs: Math.round(deadlineMs), logTail: life?.logTail() ?? [] },
        }),
      );
      this.#stream.cancel();
    }
  }

  #over(error: TomoeError | undefined): void {
    clearTimeout(this.#timer);
    this.#failure ??= error ?? this.#isOver();
    this.#ready.reject(this.#failure);
    for (const pending of this.#pending.splice(0)) pending.reject(this.#failure);
    this.#ended.reject(this.#failure);
  }

  #requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ending) throw this.#isOver();
  }

  #isOver(): TomoeError {
    return new TomoeError("WORKER_STATE", `stage ${this.#spec.name} is over`, {
      hint: "Open a stage before commanding steps.",
    });
  }

  #during(): string {
    const [head] = this.#pending;
    return head === undefined
      ? `stage ${this.#spec.name}`
      : `step ${head.command.step} of stage ${this.#spec.name}`;
  }
}

function once<T>(): Once<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, resolve, reject };
}

function unexpected(what: string): TomoeError {
  return new TomoeError("WIRE_INVALID", what, {
    hint: "The worker is of another build; install the same version on both sides.",
  });
}
