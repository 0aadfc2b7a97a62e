// A world of stages in a fresh folder, and parts of stages made of rows, for tests of single rooms.
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import type { StageName, StagePart, StageWorld } from "../../../../../ts/run/eval/record/stages.ts";
import type { Row } from "../../../../../ts/track/read/index.ts";
import { freshFolder } from "../fixtures.ts";

/** Waits for no disk. */
export const noSpace = new SpaceWaiter({ timeoutMs: 0, pollMs: 1 }, () => undefined);

/** Stages in a folder of their own. */
export function freshWorld(fresh: readonly StageName[] = []): StageWorld {
  return {
    root: freshFolder(),
    fresh: new Set(fresh),
    space: noSpace,
    notice: () => undefined,
  };
}

/** A part that is done, of these rows. */
export function partOf(rows: readonly Row[], change: Partial<StagePart> = {}): StagePart {
  return {
    name: "extract",
    digest: JSON.stringify(rows),
    dir: "",
    cached: false,
    rows,
    failed: 0,
    seconds: 0,
    result: null,
    ...change,
  };
}
