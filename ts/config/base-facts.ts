import type { ExperimentConfig } from "../schema/experiment.ts";

/** What a family of base models fixes: no recipe changes it, yet a model of other facts is another model. */
export interface BaseFacts {
  readonly vision: {
    readonly activation: "quick_gelu";
    readonly normEpsilon: number;
    /** Last blocks that stand behind the feature tap: kept, never read. */
    readonly blocksUnread: number;
  };
  readonly language: {
    readonly normEpsilon: number;
    /** Width at which `language.initialStd` is meant; another one scales it by 1 / sqrt(width). */
    readonly initialWidth: number;
  };
  /** What the pixels of each channel are normalised by. */
  readonly pixels: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/**
 * Phi-3-V: CLIP ViT-L/14-336, tapped at hidden_states[-2], and Phi-3-mini. Sources: the config files of
 * microsoft/Phi-3-vision-128k-instruct and the preprocessor config of openai/clip-vit-large-patch14-336.
 */
const phi3v: BaseFacts = {
  vision: { activation: "quick_gelu", normEpsilon: 1e-5, blocksUnread: 1 },
  language: { normEpsilon: 1e-5, initialWidth: 3072 },
  pixels: {
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
};

/** The facts of each kind of base; a base is a row. */
export const baseFacts: { readonly [kind in ExperimentConfig["model"]["base"]["kind"]]: BaseFacts } = {
  "tiny-phi3v": phi3v,
  checkpoint: phi3v,
};
