import { bug, type JsonValue } from "../../errors.ts";
import type { Batch } from "../../schema/batch.ts";
import type { StageTrial, TrialJob, TriedStage, WorkerPool } from "../../worker/index.ts";
import { trialSteps, type Wanted } from "./budget.ts";
import { pairOf } from "./decided.ts";
import type { Option } from "./options.ts";
import type { Effect, Outcome, StageOutcome } from "./outcome.ts";
import { type StageAt, type StageParts, travelOf } from "./variation.ts";

/** What each rank sees of a stage's first steps: step by step, whole and cut. */
export interface StageShares {
  readonly whole: (step: number) => readonly Batch[];
  readonly cut: (step: number) => readonly Batch[];
}

interface Try {
  readonly wanted: Wanted;
  readonly value: JsonValue;
}

/** Changes below these are the rounding of float32 in a loss, and beside the length of an update in what it moves. */
const leastLoss = 1e-6,
  leastUpdate = 1e-4;
/** How often a trial must exceed what two equal ones differ by where nothing repeats bit for bit. */
const overNoise = 4;

/**
 * Does the first steps of a stage, and again on few volumes for each option at its extremes.
 *
 * @throws TomoeError as the worker's steps, save those that are not finite.
 */
export async function tryStage(
  pool: WorkerPool,
  at: StageAt,
  wanted: readonly Wanted[],
  { shares, signal }: { readonly shares: StageShares; readonly signal: AbortSignal },
): Promise<StageOutcome> {
  const found = new Map<Option, Outcome>();
  let first: TriedStage | undefined;
  let left = wanted.map((one) => ({ wanted: one, value: one.values[0] ?? null }));
  for (let round = 0; round === 0 || left.length > 0; round += 1) {
    const { whole, outcomes } = await tryRound(pool, at, left, { shares, signal, whole: round === 0 });
    first ??= whole;
    for (const [place, outcome] of outcomes.entries()) {
      const option = left[place]?.wanted.option;
      if (option !== undefined) found.set(option, outcome);
    }
    left = left.flatMap(({ wanted: one }) => {
      const value = one.values[round + 1];
      return found.get(one.option)?.effect === "none" && value !== undefined ? [{ wanted: one, value }] : [];
    });
  }
  if (first === undefined) throw bug("a stage was tried without its first steps");
  const { losses, seconds, unreached, still, stray, idle } = first;
  return {
    stage: at.stage.name,
    path: at.path,
    secondsPerStep: seconds / Math.max(1, losses.length),
    unreached,
    still,
    stray,
    idle,
    options: [...found.values()],
  };
}

async function tryRound(
  pool: WorkerPool,
  at: StageAt,
  tries: readonly Try[],
  {
    shares,
    signal,
    whole,
  }: { readonly shares: StageShares; readonly signal: AbortSignal; readonly whole: boolean },
): Promise<{ readonly whole: TriedStage | undefined; readonly outcomes: readonly Outcome[] }> {
  const steps = trialSteps(at);
  const late = at.stage.steps - steps;
  const pairs = tries.map(({ wanted, value }) => pairOf(at, wanted.option, value));
  const parts: StageParts[] = [at, ...pairs.map(({ tried }) => tried)];
  const trials: StageTrial[] = [];
  const add = (part: number, beside: number | null, of: "whole" | "cut", firstStep = 0): number => {
    const batches = Array.from({ length: steps }, (_, step) => step + (of === "whole" && whole ? steps : 0));
    const place = trials.length;
    trials.push({ stage: part, plan: part, firstStep, beside: beside ?? place, batches });
    return place;
  };
  const wholePlace = whole ? add(0, null, "whole") : undefined;
  const base = tries.length > 0 ? add(0, null, "cut") : 0;
  const again = tries.length > 0 ? add(0, base, "cut") : 0;
  const end = tries.some(isLate) ? add(0, null, "cut", late) : base;
  const places = tries.map((one, tried) => {
    const own = pairs[tried]?.beside;
    const beside = own !== undefined ? add(parts.push(own) - 1, null, "cut") : isLate(one) ? end : base;
    return { beside, tried: add(tried + 1, beside, "cut", isLate(one) ? late : 0) };
  });
  const ofRanks = Array.from({ length: steps }, (_, step) => shares.cut(step)).concat(
    whole ? Array.from({ length: steps }, (_, step) => shares.whole(step)) : [],
  );
  const jobOf = (rank: number): TrialJob => ({
    stages: parts.map(({ spec }) => spec),
    plans: parts.map(({ plan }) => plan),
    batches: ofRanks.map((ranks) => ranks[rank] ?? missing(rank)),
    trials,
  });
  const [told = []] = await pool.all((rank) => rank.tryStage(jobOf(rank.facts.rank), { signal }));
  return {
    whole: wholePlace === undefined ? undefined : told[wholePlace],
    outcomes: tries.flatMap((one, place) => {
      const of = places[place];
      const [beside, tried, noise] = [of?.beside ?? base, of?.tried ?? base, again].map((n) => told[n]);
      if (beside === undefined || tried === undefined || noise === undefined) return [];
      return [outcomeOf(one, { beside, tried, noise, base: told[base] ?? beside })];
    }),
  };
}

/** What follows a schedule is told apart at the end of the stage. */
function isLate({ wanted: { option } }: Try): boolean {
  return travelOf(option)?.fields.at(-1) === "schedule";
}

function missing(rank: number): never {
  throw bug(`a step of trials has no share for rank ${rank}`);
}

/** What less passes at once for: the step is the same but for rounding. */
function ofMemory(option: Option): Effect | undefined {
  return travelOf(option)?.fields[0] === "microBatch" ? "memory" : undefined;
}

interface Compared {
  readonly beside: TriedStage;
  readonly tried: TriedStage;
  /** The base, and the same once more. */
  readonly base: TriedStage;
  readonly noise: TriedStage;
}

function outcomeOf({ wanted, value }: Try, { beside, tried, base, noise }: Compared): Outcome {
  const outcome = (effect: Effect, change: number): Outcome => ({
    path: wanted.option.path,
    tried: value,
    effect: effect === "loss" || effect === "update" ? (ofMemory(wanted.option) ?? effect) : effect,
    change,
  });
  if (tried.diverged !== beside.diverged) return outcome("not finite", 1);
  const between = (one: TriedStage, other: TriedStage): number =>
    Math.abs((one.losses[0] ?? 0) - (other.losses[0] ?? 0));
  const loss = between(tried, beside);
  const ofLoss = loss / Math.max(Math.abs(beside.losses[0] ?? 0), Number.MIN_VALUE);
  if (ofLoss > leastLoss && loss > overNoise * between(noise, base)) return outcome("loss", ofLoss);
  const ofUpdate = tried.apart / Math.max(beside.moved, tried.moved, Number.MIN_VALUE);
  if (ofUpdate > leastUpdate && tried.apart > overNoise * noise.apart) return outcome("update", ofUpdate);
  // Parts of a step round otherwise, and are to do no more.
  if (ofMemory(wanted.option) !== undefined && tried.apart > 0) return outcome("update", ofUpdate);
  return outcome("none", 0);
}
