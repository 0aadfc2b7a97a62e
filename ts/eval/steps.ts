/** Work in small steps: it can be done at once, or with room for a signal in between. */
export type Steps<T> = Generator<void, T, void>;

/** Rows that a step may take. */
export const pauseEvery = 256;

/** Does all of it at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
