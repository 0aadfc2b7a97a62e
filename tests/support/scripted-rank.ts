// One rank of the scripted pool: it keeps the worker's side of the contract and computes nothing.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TomoeError } from "../../ts/errors.ts";
import type { Batch, GeneratedText, Query, ScoredChoices } from "../../ts/schema/batch.ts";
import type { ModelSpec } from "../../ts/schema/model.ts";
import type { RoutingPlan } from "../../ts/schema/router.ts";
import type { StageSpec } from "../../ts/schema/stage.ts";
import {
  type CheckedLengths,
  type CheckpointFile,
  type CheckpointPlace,
  type CreatedModel,
  digestBatch,
  digestPlan,
  type FeedSession,
  type GenerateJob,
  type LengthText,
  type LiftReport,
  type LoadedState,
  type ScoreJob,
  type StageSession,
  type TokenizerFacts,
  type TrialJob,
  type TriedStage,
  type WorkerClient,
  type WorkerFacts,
} from "../../ts/worker/index.ts";
import { fractionOf, hashOf, type Notes, type ScriptedModel } from "./scripted-model.ts";

interface Parts {
  readonly rank: number;
  readonly ranks: number;
  readonly model: ScriptedModel;
  /** Folders by the name of their root. */
  readonly roots: { readonly [root: string]: string };
  readonly notes: Notes;
  /** Ends the process that the ranks live in. */
  readonly exit: () => void;
}

function refused(code: "WORKER_STATE" | "CANCELLED", what: string): TomoeError {
  return new TomoeError(code, what, { hint: "The test's workers keep the order of calls." });
}

/** A base of one tensor with one copy, and a gate. */
export const scriptedLift: LiftReport = {
  reusedTensors: 1,
  newTensors: 2,
  inactiveTensors: 0,
  groups: [],
  ignoredTensors: 0,
  baseDigest: "b".repeat(64),
  tensors: [{ name: "mlp.weight", sha256: "c".repeat(64), fate: "reused", reason: "", copies: 2 }],
  additions: [
    { component: "tokenExperts", tensors: 1 },
    { component: "tokenRouter", tensors: 1 },
  ],
};

/** A rank's feed: batches wait here until their step takes them. */
class ScriptedFeed implements FeedSession {
  readonly #parts: Parts;
  readonly #batches = new Map<number, PromiseWithResolvers<Batch>>();
  readonly #acknowledged = new Map<number, PromiseWithResolvers<string>>();
  readonly #senders: (() => void)[] = [];
  #credits: number;
  #failure: unknown;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#credits = parts.model.script.credits ?? 3;
  }

  async send(batch: Batch): Promise<void> {
    const { model, rank, notes } = this.#parts;
    if (this.#credits === 0) await new Promise<void>((resolve) => this.#senders.push(resolve));
    if (this.#failure !== undefined) throw this.#failure;
    this.#credits -= 1;
    const moment = { attempt: model.attempt, stage: model.stage, step: batch.step, rank };
    const failure = model.script.failFeed?.(moment);
    if (failure !== undefined) {
      this.#over(failure);
      return;
    }
    notes.fed.set(`${model.attempt}/${model.stage}/${batch.step}/${rank}`, batch);
    this.#promised(this.#batches, batch.step).resolve(batch);
    this.#promised(this.#acknowledged, batch.step).resolve(digestBatch(batch));
  }

  async acknowledged(step: number): Promise<string> {
    if (this.#failure !== undefined) throw this.#failure;
    return await this.#promised(this.#acknowledged, step).promise;
  }

  /** The batch of a step, once it is fed; it makes room for another one. */
  async take(step: number): Promise<Batch> {
    const batch = await this.#promised(this.#batches, step).promise;
    this.#credits += 1;
    this.#senders.shift()?.();
    return batch;
  }

  async end(): Promise<void> {
    await Promise.resolve();
  }

  cancel(): void {
    this.#over(refused("CANCELLED", "the feed was given up"));
  }

  #over(failure: unknown): void {
    this.#failure ??= failure;
    for (const waiting of this.#acknowledged.values()) waiting.reject(this.#failure);
    for (const sender of this.#senders.splice(0)) sender();
  }

  #promised<T>(map: Map<number, PromiseWithResolvers<T>>, step: number): PromiseWithResolvers<T> {
    const known = map.get(step) ?? Promise.withResolvers<T>();
    known.promise.catch(() => undefined);
    map.set(step, known);
    return known;
  }
}

/** The volume that a query is asked about, as its id; null where none is shown. */
const shownTo = (
  { volumes, seesImage }: Pick<ScoreJob, "volumes" | "seesImage">,
  query: Query,
): string | null => (seesImage ? (volumes[query.volumeIndex]?.volumeId ?? null) : null);

/** Trials end where what they were told says: equal words, equal ends. */
function triedBy({ script, weights }: ScriptedModel, job: TrialJob): readonly TriedStage[] {
  const words = job.trials.map(({ stage, plan, batches }) => ({
    stage: job.stages[stage],
    plan: job.plans[plan],
    batches: batches.map((place) => job.batches[place]),
  }));
  return job.trials.map(({ batches, beside }, place) => {
    const one = words[place];
    const told =
      one?.stage === undefined || one.plan === undefined ? undefined : script.tried?.(one.stage, one.plan);
    const end = (at: number): number => {
      const of = words[at];
      if (of?.stage === undefined || of.plan === undefined) return 0;
      return script.tried?.(of.stage, of.plan).end ?? fractionOf(weights, of.stage, of.plan);
    };
    return {
      diverged: false,
      losses: batches.map((_, step) => told?.loss ?? fractionOf(weights, step)),
      gradientNorms: batches.map(() => 1),
      moved: 1,
      apart: Math.abs(end(place) - end(beside)),
      seconds: batches.length / 2,
      unreached: [],
      still: [],
      stray: [],
      idle: [],
      ...(place === beside ? told?.gradients : {}),
    };
  });
}

/** The rank as the conductor sees it. */
export class ScriptedRank implements WorkerClient {
  readonly facts: WorkerFacts;
  readonly access = { address: "scripted", token: "t", attempt: 0 };
  readonly #parts: Parts;
  #feed: ScriptedFeed | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.facts = {
      protocol: { major: 1, minor: 0 },
      rank: parts.rank,
      worldSize: parts.ranks,
      node: "here",
      device: "cpu",
      address: "scripted",
      environment: {
        python: "3.11.7",
        torch: "2.13.0+cpu",
        cpuCapability: "AVX2",
        precision: "float32",
        hashSeed: "0",
        cublasWorkspace: ":4096:8",
        ...parts.model.script.environment,
      },
    };
  }

  async fitTokenizer(
    lines: Iterable<string> | AsyncIterable<string>,
    vocab: number,
  ): Promise<TokenizerFacts> {
    this.#note("fitTokenizer");
    const all: string[] = [];
    for await (const line of lines) all.push(line);
    this.#parts.model.tokenizerDigest = hashOf(all, vocab);
    return { digest: this.#parts.model.tokenizerDigest, vocab: Math.min(vocab, 256 + all.length) };
  }

  createModel(spec: ModelSpec, seed: number): Promise<CreatedModel> {
    this.#note("createModel");
    this.#parts.model.weights = hashOf(spec, seed);
    // One that nobody fitted comes with the published files.
    this.#parts.model.tokenizerDigest ||= hashOf(spec.base);
    const groups = [{ component: "language", parameters: 10, tensors: 2 }];
    return Promise.resolve({ groups, tokenizerDigest: this.#parts.model.tokenizerDigest });
  }

  liftModel(seed: number): Promise<LiftReport> {
    this.#note("lift");
    const { model } = this.#parts;
    if (!model.lifted) model.weights = hashOf(model.weights, "lifted", seed);
    model.lifted = true;
    return Promise.resolve(scriptedLift);
  }

  async tryStage(job: TrialJob): Promise<readonly TriedStage[]> {
    const [stage] = job.stages;
    this.#note(`try ${stage?.name} ${job.trials.length}`);
    return await Promise.resolve(triedBy(this.#parts.model, job));
  }

  async openStage(spec: StageSpec): Promise<StageSession> {
    this.#note(`stage ${spec.name}`);
    const { model, rank } = this.#parts;
    const firstStep = model.stage === spec.name ? model.nextStep : 0;
    await Promise.resolve();
    Object.assign(model, { stage: spec.name, nextStep: firstStep, routing: spec.routing });
    const plans: RoutingPlan[] = [];
    return {
      firstStep,
      trainableParameters: 10,
      keptTensors: model.lifted ? 1 : 0,
      baseDigest: model.lifted ? "b".repeat(64) : "",
      optimizerGroups: [
        { component: "language", learningRate: 1e-3, weightDecay: 0, tensors: 2, parameters: 10 },
      ],
      sendPlan: (plan) => digestPlan(plans[plans.push(plan) - 1] ?? plan),
      step: async (command) => {
        if (model.dead !== undefined) throw model.dead;
        const batch = await this.#openFeed.take(command.step);
        if (digestBatch(batch) !== command.batchDigest)
          throw new TomoeError("WIRE_DIGEST", "another batch", { hint: "Feed what is commanded." });
        return await model.step({ rank, batch, command, plans });
      },
      end: async () => await Promise.resolve(model.nextStep - firstStep),
      cancel: () => this.#note(`cancel ${spec.name}`),
    };
  }

  openFeed(): Promise<FeedSession> {
    this.#feed = new ScriptedFeed(this.#parts);
    return Promise.resolve(this.#feed);
  }

  async *generate(job: GenerateJob): AsyncIterable<GeneratedText> {
    const { script, weights } = this.#parts.model,
      { queries } = job;
    await Promise.resolve();
    this.#note(`generate ${queries.length}`);
    // In the order they finish, which is not the order they were asked in.
    for (const query of queries.toReversed()) {
      const text =
        script.says?.(query, weights, shownTo(job, query)) ??
        ` words ${hashOf(weights, query.prompt).slice(0, 4)} `;
      const ended = script.cuts?.(text) !== true;
      yield { queryId: query.queryId, text, tokens: 3, ended, encodeSeconds: 0.5, generateSeconds: 1 };
    }
  }

  async *score(job: ScoreJob): AsyncIterable<ScoredChoices> {
    const { script, weights } = this.#parts.model,
      { queries } = job;
    await Promise.resolve();
    this.#note(`score ${queries.length}`);
    for (const query of queries.toReversed()) {
      const { queryId, prompt, choices } = query;
      const logProbs = choices.map((choice) => -10 * fractionOf(weights, prompt, choice));
      const optionTokens = choices.map((choice) => choice.split(" ").length + 1);
      yield {
        queryId,
        logProbs: script.logProbs?.(query, weights, shownTo(job, query)) ?? logProbs,
        optionTokens,
      };
    }
  }

  checkLengths(_depth: number, texts: readonly LengthText[]): Promise<CheckedLengths> {
    const limit = this.#parts.model.script.positions ?? Number.POSITIVE_INFINITY;
    const needed = texts.map(({ prompt, answer, reserve }) => prompt.length + answer.length + reserve);
    const tooLong = needed.flatMap((one, place) =>
      one > limit ? [{ place, needed: one, answer: texts[place]?.answer.length ?? 0 }] : [],
    );
    return Promise.resolve({ limit, longest: Math.max(0, ...needed), tooLong });
  }

  measure(
    metric: string,
    pairs: readonly { readonly prediction: string; readonly target: string }[],
  ): Promise<{ readonly signature: string; readonly scores: readonly number[] }> {
    this.#note(`measure ${metric} ${pairs.length}`);
    const scores = this.#parts.model.script.scores?.(pairs.length) ?? pairs.map((pair) => fractionOf(pair));
    return Promise.resolve({ signature: `scripted-${metric}`, scores });
  }

  async saveCheckpoint({ root, path }: CheckpointPlace): Promise<readonly CheckpointFile[]> {
    const { model, roots, notes } = this.#parts;
    this.#note("save");
    if (this.#parts.rank === 0) notes.saves += 1;
    const { weights, lifted, stage, nextStep, routing, tokenizerDigest } = model;
    const files: CheckpointFile[] = [];
    const write = async (name: string, text: string): Promise<void> => {
      await writeFile(join(roots[root] ?? "", path, name), text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      files.push({ name, lengthBytes: Buffer.byteLength(text), sha256 });
    };
    if (this.#parts.rank > 0) {
      // All else is the first rank's to write.
      await write(`random-${this.#parts.rank}.safetensors`, `rank ${this.#parts.rank}`);
      return files;
    }
    await write("weights.safetensors", weights);
    const failure = model.script.failSave?.(notes.saves);
    if (failure !== undefined) throw failure;
    await write("state.json", JSON.stringify({ lifted, stage, nextStep, routing, tokenizerDigest }));
    return files;
  }

  async loadCheckpoint(
    { root, path }: CheckpointPlace,
    files: readonly CheckpointFile[],
    trainingState: boolean,
  ): Promise<LoadedState> {
    const { model, roots } = this.#parts;
    this.#note(`load ${path} ${trainingState ? "with" : "without"} optimizer`);
    const text = async (name: string): Promise<string> =>
      await readFile(
        join(roots[root] ?? "", path, files.find((file) => file.name === name)?.name ?? ""),
        "utf8",
      );
    model.weights = await text("weights.safetensors");
    const state = JSON.parse(await text("state.json")) as LoadedState;
    Object.assign(model, trainingState ? state : { lifted: state.lifted, stage: "", nextStep: 0 });
    model.tokenizerDigest = state.tokenizerDigest;
    return { ...state, preprocessDigest: "", weightsDigest: hashOf(model.weights) };
  }

  health(): never {
    throw refused("WORKER_STATE", "the conductor asks no rank for its health");
  }

  putTensor(): never {
    throw refused("WORKER_STATE", "the conductor uploads no tensors");
  }

  openTensor(): never {
    throw refused("WORKER_STATE", "the conductor opens no tensors");
  }

  dropTensor(): never {
    throw refused("WORKER_STATE", "the conductor drops no tensors");
  }

  shutdown(): Promise<void> {
    this.#parts.exit();
    return Promise.resolve();
  }

  close(): void {
    this.#note("close");
  }

  get #openFeed(): ScriptedFeed {
    if (this.#feed === undefined) throw refused("WORKER_STATE", "a step without a feed");
    return this.#feed;
  }

  #note(call: string): void {
    if (this.#parts.rank === 0) this.#parts.notes.calls.push(`${this.#parts.model.attempt} ${call}`);
  }
}
