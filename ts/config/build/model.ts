import type { LiftTo3dOptions, TinyPhi3vOptions } from "../../gen/options.ts";
import type { StageInput } from "../../schema/experiment.ts";
import type { liftOptions, tinyOptions } from "../../schema/options/model.ts";
import type { ComponentName } from "../../schema/stage.ts";
import type { BaseOf, CheckpointComponent, ComponentsOf, ModelOf, TinyComponent } from "./parts.ts";
import type { Written } from "./ranges.ts";

type Tiny = typeof tinyOptions;
type Lift = typeof liftOptions;
interface TinyRows extends Tiny {}
interface LiftRows extends Lift {}

type TinyOptions = TinyPhi3vOptions<StageInput>;

/** A small Phi-3-V that `pretrain` teaches in 2D: the real architecture at small dimensions. */
export function tinyPhi3v<const O extends TinyOptions>(
  options: Written<TinyOptions, O, TinyRows>,
): BaseOf<TinyComponent> {
  return { ...(options as TinyOptions), kind: "tiny-phi3v" };
}

export type LiftOptions = LiftTo3dOptions;

type LoraComponent<O> = O extends { readonly lora: false }
  ? never
  : O extends { readonly lora: { readonly visionTargets: readonly [string, ...(readonly string[])] } }
    ? "lora" | "visionLora"
    : "lora";
type BaseComponent<B> = B extends string ? CheckpointComponent : ComponentsOf<B>;

/**
 * Lifts a 2D multimodal LLM to 3D: every pre-trained parameter is reused, the upper vision blocks attend over
 * all slices.
 *
 * @param base - `tinyPhi3v(...)`, or the folder of a checkpoint in the Phi-3-V layout.
 */
export function liftTo3d<const B extends string | BaseOf<ComponentName>, const O extends LiftOptions>(
  base: B,
  options: Written<LiftOptions, O, LiftRows>,
): ModelOf<BaseComponent<B> | LoraComponent<O>> {
  const written: string | BaseOf<ComponentName> = base;
  return {
    ...(options as LiftOptions),
    base: typeof written === "string" ? { kind: "checkpoint", path: written } : written,
  };
}
