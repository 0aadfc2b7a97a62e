/** Work in small steps: it can be done at once, or with room for a signal in between. */
export type Steps<T> = Generator<void, T, void>;

/** Characters that a step may take. */
const pauseEvery = 2 ** 16;

/** What a row takes beside its texts, in characters. */
const perRow = 256;

/** Tells when enough is done for a pause: after some hundred rows, or one long text. */
export class Pace {
  private done = pauseEvery;

  /** Counts work on texts of this many characters; true where a pause is due before it. */
  isDue(characters: number): boolean {
    const isDue = this.done >= pauseEvery;
    this.done = (isDue ? 0 : this.done) + characters + perRow;
    return isDue;
  }

  /** The same, of the texts that a row compares. */
  isDueFor({ prediction, target }: { readonly prediction: string; readonly target: string }): boolean {
    return this.isDue(prediction.length + target.length);
  }
}

/** Does all of it at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
