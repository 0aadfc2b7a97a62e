import { TomoeError } from "../../errors.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { Architecture, Base, BaseConfig, BaseOfKind } from "./base.ts";
import { folderBase, weightsBase } from "./published.ts";
import { runBase } from "./run.ts";
import { tinyPhi3vBase } from "./tiny-phi3v.ts";

type Kind = BaseConfig["kind"];

/** The base models, by the `kind` that their builder writes: a base is a row. */
const bases: { readonly [K in Kind]: (base: BaseOfKind<K>) => Base } = {
  "tiny-phi3v": tinyPhi3vBase,
  weights: weightsBase,
  folder: folderBase,
  run: (base) => runBase(base, baseFrom),
};

function baseFrom(base: BaseConfig): Base {
  return (bases[base.kind] as (base: BaseConfig) => Base)(base);
}

/** What the configured base is. */
export function baseOf(config: Pick<ExperimentConfig, "model">): Base {
  return baseFrom(config.model.base);
}

/**
 * The sizes of the configured base.
 *
 * @throws TomoeError `CONFIG_INVALID` for a base that was not opened.
 */
export function architectureOf(config: Pick<ExperimentConfig, "model">): Architecture {
  const { architecture, title } = baseOf(config);
  if (architecture === undefined)
    throw new TomoeError("CONFIG_INVALID", `no architecture is known of base ${title}: it was not opened`, {
      hint: "Let `tomoe run` resolve the recipe: it opens the base.",
    });
  return architecture;
}
