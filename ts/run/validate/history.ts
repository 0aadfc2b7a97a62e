import { z } from "zod";
import type { JsonValue } from "../../errors.ts";
import type { StoredEvent } from "../../track/read/index.ts";

/** One look at the validation split: the number that is monitored, after so many steps of a stage. */
export interface Look {
  readonly stage: string;
  readonly step: number;
  readonly value: number;
}

/** What follows from the looks of a stage. */
export interface Verdict {
  /** The first of the best; null while no look has a number. */
  readonly best: Look | null;
  /** Looks since then. */
  readonly since: number;
  /** The newest look is the best. */
  readonly isBest: boolean;
  /** The stage ends here: as many looks as the recipe's patience were no better. */
  readonly ends: boolean;
}

/**
 * Judges the looks of one stage, in their order: a pure function, so that what is gone on with decides as it did. A
 * look without a number is never the best.
 *
 * @param patience - looks without a better one that end the stage; 0: none do.
 */
export function judge(
  looks: readonly Look[],
  { higher, patience }: { readonly higher: boolean; readonly patience: number },
): Verdict {
  let best: Look | null = null;
  for (const look of looks)
    if (
      !Number.isNaN(look.value) &&
      (best === null || (higher ? look.value > best.value : look.value < best.value))
    )
      best = look;
  const since = best === null ? looks.length : looks.length - 1 - looks.indexOf(best);
  return { best, since, isBest: best !== null && since === 0, ends: patience > 0 && since >= patience };
}

const lookSchema = z.looseObject({ stage: z.string(), step: z.int(), value: z.number().nullable() });

/** A look as its event keeps it; what JSON has no number for is null. */
export function lookData(look: Look): { readonly [key: string]: JsonValue } {
  return { ...look, value: Number.isFinite(look.value) ? look.value : null };
}

/** The looks among the events of a run, the last where one was taken anew. */
export function looksIn(events: readonly StoredEvent[]): readonly Look[] {
  const looks = new Map<string, Look>();
  for (const { kind, data } of events) {
    const parsed = kind === "validation" ? lookSchema.safeParse(data) : undefined;
    if (parsed?.success !== true) continue;
    const { stage, step, value } = parsed.data;
    const key = `${stage}/${step}`;
    looks.delete(key);
    looks.set(key, { stage, step, value: value ?? Number.NaN });
  }
  return [...looks.values()];
}
