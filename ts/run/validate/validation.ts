import { higherIsBetter } from "../../config/index.ts";
import { planInForce } from "../../router/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import { readEvents } from "../../track/read/index.ts";
import type { Between } from "../evaluate/points.ts";
import type { RunJob } from "../job.ts";
import { judge, type Look, lookData, looksIn, type Verdict } from "./history.ts";
import { measureValidation } from "./measure.ts";

/** What a validation wants of the stage: a checkpoint here, its end here. */
export interface Wanted {
  readonly saves: boolean;
  readonly ends: boolean;
}

export const nothingWanted: Wanted = { saves: false, ends: false };

/** Where a stage goes on: what was looked at behind this place is looked at again. */
interface Place {
  readonly stage: StageConfig;
  readonly nextStep: number;
}

type Wishes = NonNullable<RunJob["resolved"]["config"]["validation"]>;

/** The validation of a run as its recipe wants it: when, what follows, and what was seen so far. */
export class Validation {
  readonly #wishes: Wishes;
  #looks: readonly Look[];

  private constructor(wishes: Wishes, looks: readonly Look[]) {
    this.#wishes = wishes;
    this.#looks = looks;
  }

  /**
   * With what the run's record holds; undefined where the recipe wants none.
   *
   * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
   */
  static async open({
    resolved,
    owned,
  }: Pick<RunJob, "resolved" | "owned">): Promise<Validation | undefined> {
    const { validation } = resolved.config;
    if (validation === undefined) return undefined;
    return new Validation(validation, looksIn(await readEvents(owned.paths.events, "validation")));
  }

  /** Forgets what was seen of a stage behind the step it goes on at. */
  goOnAt({ stage, nextStep }: Place): void {
    this.#looks = this.#looks.filter((look) => look.stage !== stage.name || look.step <= nextStep);
  }

  /** The best look of a stage so far; null before the first. */
  bestOf(stage: string): Look | null {
    return this.#verdictOf(stage).best;
  }

  /**
   * Looks where the recipe wants it and nobody has, records what was seen and what follows from it.
   *
   * @returns nothing wanted where it is not due, and where a stop came before it was whole: it is then looked at when
   * the run goes on.
   * @throws TomoeError as `measureValidation`.
   */
  async look(between: Between): Promise<Wanted> {
    const { job, pool, stage, nextStep, plans, recorder } = between;
    if (!this.#isDue(stage, nextStep) || job.stop.aborted) return nothingWanted;
    const known = this.#looks.some((look) => look.stage === stage.name && look.step === nextStep);
    if (!known) {
      // Steps that were told are on the disk before what was measured after them.
      await recorder.settled();
      const numbers = await measureValidation({ job, pool }, planInForce(plans, nextStep), stage).catch(
        (error: unknown) => {
          if (job.stop.aborted) return undefined;
          throw error;
        },
      );
      if (numbers === undefined) return nothingWanted;
      const value = numbers.get(this.#wishes.monitor) ?? Number.NaN;
      const look = { stage: stage.name, step: nextStep, value };
      this.#looks = [...this.#looks, look];
      const verdict = this.#verdictOf(stage.name);
      const { best, since, ends } = verdict;
      await recorder.validation(nextStep, numbers, {
        ...lookData(look),
        monitor: this.#wishes.monitor,
        best: best && lookData(best),
        since,
        ends,
      });
      job.onProgress({ kind: "notice", text: sentenceOf(look, numbers, verdict) });
    }
    const { isBest, ends } = this.#verdictOf(stage.name);
    return { saves: isBest && !known, ends: ends && nextStep < stage.steps };
  }

  #isDue({ objectives, steps }: StageConfig, nextStep: number): boolean {
    if (objectives.language === undefined || nextStep === 0) return false;
    return nextStep % this.#wishes.every === 0 || nextStep === steps;
  }

  #verdictOf(stage: string): Verdict {
    const { monitor, patience } = this.#wishes;
    const ofStage = this.#looks.filter((look) => look.stage === stage);
    return judge(ofStage, { higher: higherIsBetter(monitor), patience });
  }
}

function sentenceOf(
  { stage, step }: Look,
  numbers: ReadonlyMap<string, number>,
  { best, isBest, since, ends }: Verdict,
): string {
  const seen = [...numbers]
    .filter(([name]) => !name.includes("/type."))
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  const then = isBest
    ? "the best so far"
    : `best at step ${best?.step ?? "none"}, ${since} since${ends ? ": the stage ends here" : ""}`;
  return `validation after step ${step} of ${stage}: ${seen.join(", ")}; ${then}`;
}
