import { TomoeError } from "../../errors.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { Architecture, Base } from "./base.ts";
import { checkpointBase } from "./checkpoint.ts";
import { tinyPhi3vBase } from "./tiny-phi3v.ts";

type BaseConfig = ExperimentConfig["model"]["base"];
type Kind = BaseConfig["kind"];

/** The base models, by the `kind` that their builder writes: a base is a row. */
const bases: { readonly [K in Kind]: (base: Extract<BaseConfig, { kind: K }>) => Base } = {
  "tiny-phi3v": tinyPhi3vBase,
  checkpoint: checkpointBase,
};

/** What the configured base is. */
export function baseOf(config: Pick<ExperimentConfig, "model">): Base {
  const { base } = config.model;
  return (bases[base.kind] as (base: BaseConfig) => Base)(base);
}

/**
 * The sizes of the configured base.
 *
 * @throws TomoeError `CONFIG_INVALID` for a base that this version does not know the architecture of.
 */
export function architectureOf(config: Pick<ExperimentConfig, "model">): Architecture {
  const { architecture, title } = baseOf(config);
  if (architecture === undefined)
    throw new TomoeError("CONFIG_INVALID", `no architecture is known for base ${title}`, {
      hint: "Use tinyPhi3v(...).",
    });
  return architecture;
}
