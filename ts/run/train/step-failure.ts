/** Where in a run something went wrong. */
export interface StepPlace {
  readonly stage: string;
  readonly step: number;
  /** Volumes of that step's batch, by digest; empty when the stage had no step left. */
  readonly volumes: readonly string[];
}

/** What a step failed with, in `cause`, and which step that was. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly place: StepPlace;

  constructor(cause: unknown, place: StepPlace) {
    super(`step ${place.step} of stage ${place.stage}`, { cause });
    this.place = place;
  }
}
