import type { Base, BaseOfKind } from "./base.ts";

/**
 * A run of one's own: its base, taught up to where the run stands.
 *
 * @param baseFrom - what the base of that run is.
 */
export function runBase(
  { run, checkpoint, facts }: BaseOfKind<"run">,
  baseFrom: (base: NonNullable<BaseOfKind<"run">["facts"]>["base"]) => Base,
): Base {
  const title = `fromRun("${run}")`;
  const toOpen = { of: "run", run, ...(checkpoint === undefined ? {} : { checkpoint }) } as const;
  if (facts === undefined)
    return {
      components: [],
      pixels: { mean: [0, 0, 0], std: [1, 1, 1] },
      architecture: undefined,
      pretrain: [],
      problems: [{ path: "model.base", message: `${title} was not opened: what it is stands in the run` }],
      title,
      files: undefined,
      facts: undefined,
      toOpen,
      start: undefined,
    };
  return { ...baseFrom(facts.base), pretrain: [], title, toOpen, start: facts };
}
