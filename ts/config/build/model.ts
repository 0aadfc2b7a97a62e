import type {
  FromRunOptions,
  LiftTo3dOptions,
  PublishedOptions,
  TinyPhi3vOptions,
} from "../../gen/options.ts";
import type { StageInput } from "../../schema/experiment.ts";
import type { publishedOptions, runOptions, tinyOptions } from "../../schema/options/bases.ts";
import type { liftOptions } from "../../schema/options/model.ts";
import type { ComponentName } from "../../schema/stage.ts";
import type { BaseOf, ComponentsOf, FullComponent, ModelOf } from "./parts.ts";
import type { Written } from "./ranges.ts";

type Tiny = typeof tinyOptions;
type Lift = typeof liftOptions;
type Published = typeof publishedOptions;
interface TinyRows extends Tiny {}
interface LiftRows extends Lift {}
interface PublishedRows extends Published {}
interface RunRows extends Pick<typeof runOptions, "checkpoint"> {}

type TinyOptions = TinyPhi3vOptions<StageInput>;
type FilesOptions = PublishedOptions<StageInput>;

/** A small Phi-3-V that `pretrain` teaches in 2D: the real architecture at small dimensions. */
export function tinyPhi3v<const O extends TinyOptions>(
  options: Written<TinyOptions, O, TinyRows>,
): BaseOf<FullComponent> {
  return { ...(options as TinyOptions), kind: "tiny-phi3v" };
}

/**
 * Published weights of the built-in list, which `tomoe weights get NAME` fetches; `tomoe weights ls` has the list.
 *
 * @param name - as in the list.
 */
export function weights<const O extends FilesOptions>(
  name: string,
  options?: Written<FilesOptions, O, PublishedRows>,
): BaseOf<FullComponent> {
  return { ...(options as FilesOptions | undefined), kind: "weights", name };
}

/**
 * A folder of published files: `config.json`, safetensors, `tokenizer.json`, as a family publishes them.
 *
 * @param path - the folder.
 */
export function folder<const O extends FilesOptions>(
  path: string,
  options?: Written<FilesOptions, O, PublishedRows>,
): BaseOf<FullComponent> {
  return { ...(options as FilesOptions | undefined), kind: "folder", path };
}

/**
 * A run of one's own as the start of another: its model as a checkpoint holds it, 2D or lifted, without what its
 * optimizer knew. Model and router of the recipe must be those of that run.
 *
 * @param run - its id, the beginning of it, or `latest`.
 */
export function fromRun<const O extends FromRunOptions>(
  run: string,
  options?: Written<FromRunOptions, O, RunRows>,
): BaseOf<FullComponent> {
  return { ...(options as FromRunOptions | undefined), kind: "run", run };
}

export type LiftOptions = LiftTo3dOptions;

type LoraComponent<O> = O extends { readonly lora: false }
  ? never
  : O extends { readonly lora: { readonly visionTargets: readonly [string, ...(readonly string[])] } }
    ? "lora" | "visionLora"
    : "lora";
type BaseComponent<B> = B extends string ? FullComponent : ComponentsOf<B>;

/**
 * Lifts a 2D multimodal LLM to 3D: every pre-trained parameter is reused, the upper vision blocks attend over
 * all slices.
 *
 * @param base - `tinyPhi3v(...)`, `weights(...)`, `folder(...)`, `fromRun(...)`, or the path of a folder of published
 * files.
 */
export function liftTo3d<const B extends string | BaseOf<ComponentName>, const O extends LiftOptions>(
  base: B,
  options: Written<LiftOptions, O, LiftRows>,
): ModelOf<BaseComponent<B> | LoraComponent<O>> {
  const written: string | BaseOf<ComponentName> = base;
  return {
    ...(options as LiftOptions),
    base: typeof written === "string" ? { kind: "folder", path: written } : written,
  };
}
