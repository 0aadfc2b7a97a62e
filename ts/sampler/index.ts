/** The only door to `py-runtime/tomoe_sampler`: a sampler by a model, in a process of its own. */

export type { SamplerRuntime } from "./environment.ts";
export { requireSampler } from "./environment.ts";
export { modelSampler } from "./sidecar.ts";
