/**
 * What the Phi-3-V family fixes: no recipe changes it, yet a model of other facts is another model. CLIP
 * ViT-L/14-336, tapped at hidden_states[-2], and Phi-3-mini. Sources: the config files of
 * microsoft/Phi-3-vision-128k-instruct and the preprocessor config of openai/clip-vit-large-patch14-336.
 */
export const phi3v = {
  vision: {
    activation: "quick_gelu",
    normEpsilon: 1e-5,
    /** Last blocks that stand behind the feature tap: kept, never read. */
    blocksUnread: 1,
  },
  language: {
    normEpsilon: 1e-5,
    /** Width at which `language.initialStd` is meant; another one scales it by 1 / sqrt(width). */
    initialWidth: 3072,
  },
  /** Linear layers of the decoder's blocks. */
  loraTargets: ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
  /** Linear layers of CLIP's blocks. */
  loraVisionTargets: ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"],
  /** What the pixels of each channel are normalised by. */
  pixels: {
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
  /** Components of every model of the family. */
  components: ["lowerVision", "upperVision", "projector", "language"],
} as const;
