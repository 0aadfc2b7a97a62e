import { ReadRoom } from "../../../../files/index.ts";

/**
 * Results of a task for each item, in the order of the items; the tasks of the next few are on their way meanwhile.
 *
 * A failure is raised at its turn, so that which one is told does not depend on which was fastest. Who stops early
 * waits for what is on its way.
 *
 * @param more - tasks that may be on their way beside the one whose turn it is, 0 or more.
 * @param begin - starts a task. Neither a task on its way nor the one whose result is in use has the same `lane`, one
 * of 0 to `more`: what belongs to a lane may be written again.
 */
export async function* ahead<T, R>(
  items: readonly T[],
  more: number,
  begin: (item: T, index: number, lane: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = [];
  try {
    for (const [index, item] of items.entries()) {
      const task = begin(item, index, index % (more + 1));
      // Its failure is told when its turn comes.
      task.catch(() => undefined);
      begun.push(task);
      const due = begun.length > more ? begun.shift() : undefined;
      if (due !== undefined) yield await due;
    }
    for (let due = begun.shift(); due !== undefined; due = begun.shift()) yield await due;
  } finally {
    await Promise.allSettled(begun);
  }
}

/** @returns the rooms of so many lanes. */
export function roomsOf(lanes: number): readonly ReadRoom[] {
  return Array.from({ length: lanes }, () => new ReadRoom());
}
