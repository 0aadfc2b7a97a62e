import { z } from "zod";
import type { JsonValue } from "../../errors.ts";
import type { Invalid } from "../../files/index.ts";
import { checkJson, parseJson } from "../../files/index.ts";

export const checkpointFormat = "tomoe.checkpoint/3";

/** What must match for a resumed run to give the same numbers. */
const factsSchema = z.strictObject({
  /** SHA-256 of the resolved experiment. */
  configDigest: z.string().min(1),
  /** SHA-256 over the dataset: cases, items and order. */
  corpusFingerprint: z.string().min(1),
  /** SHA-256 of the preprocess contract, both halves. */
  preprocessDigest: z.string().min(1),
  tokenizerDigest: z.string().min(1),
  /** SHA-256 of what the router policy decides by: its id, options and trained weights. */
  policyDigest: z.string().min(1),
  /** Version of this package. */
  tomoe: z.string().min(1),
  python: z.string().min(1),
  torch: z.string().min(1),
  /** "cpu", "cuda:NVIDIA H100", ... */
  device: z.string().min(1),
  /** What `torch.backends.cpu.get_cpu_capability()` says, e.g. "AVX512". */
  cpuCapability: z.string().min(1),
  /** Intra-op threads of each rank. */
  threads: z.int().positive(),
  /** Ranks. */
  worldSize: z.int().positive(),
  /** What the worker computes in, e.g. "float32 tf32:no deterministic:yes". */
  precision: z.string().min(1),
  /** As in the recipe: what "fast" computes does not repeat bit for bit. */
  execution: z.enum(["strict", "fast"]),
  /** PYTHONHASHSEED of the worker, or "random". */
  hashSeed: z.string().min(1),
  /** CUBLAS_WORKSPACE_CONFIG of the worker, or "unset". */
  cublasWorkspace: z.string().min(1),
});
export type ReproFacts = z.infer<typeof factsSchema>;

const fileSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  lengthBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type CheckpointFileEntry = z.infer<typeof fileSchema>;

const json = z.json() as z.ZodType<JsonValue>;

/** State that lies in TypeScript: loadable only together with the files. */
const partsSchema = z.strictObject({
  /** Plan in force at the next step; null before the model has experts. */
  routingPlan: json,
  /** `RouterPolicy.toState()`; null before the model has experts. */
  routerPolicy: json,
  /** Where the data stands: epoch and step, so that the next sample is known. */
  dataCursor: json,
  /** Both halves of the preprocess contract, in full. */
  preprocess: json,
  /** What else the conductor needs to go on. */
  conductor: json,
});
export type CheckpointParts = z.infer<typeof partsSchema>;

const manifestSchema = z.strictObject({
  format: z.literal(checkpointFormat),
  runId: z.string().min(1),
  /** Order of the checkpoints of a run; never the clock. */
  ordinal: z.int().nonnegative(),
  stage: z.string().min(1),
  /** Optimizer steps of the stage that are done. */
  step: z.int().nonnegative(),
  attempt: z.int().nonnegative(),
  /** True for the one the scorecard was made with; retention keeps it. */
  final: z.boolean(),
  createdAt: z.string(),
  files: z.array(fileSchema).min(1),
  parts: partsSchema,
  facts: factsSchema,
});
export type CheckpointManifest = z.infer<typeof manifestSchema>;

/** Checks what is to be written as a `manifest.json`; what `invalid` gives names the field. */
export function checkManifest(path: string, value: unknown, invalid: Invalid): CheckpointManifest {
  return checkJson(value, path, manifestSchema, invalid);
}

/** As `checkManifest`, of the text of one. */
export function parseManifest(path: string, text: string, invalid: Invalid): CheckpointManifest {
  return parseJson(text, path, manifestSchema, invalid);
}

/** How a checkpoint fits the run that wants to go on from it. */
export type ManifestVerdict =
  | { readonly verdict: "equal" }
  | { readonly verdict: "compatible"; readonly reasons: readonly string[] }
  | { readonly verdict: "refuse"; readonly reasons: readonly string[] };

interface FactRule {
  readonly fact: keyof ReproFacts;
  readonly word: string;
  /** A difference makes the numbers meaningless, or only not bit-exact. */
  readonly onDifference: "refuse" | "not bit-exact";
  readonly because: string;
}

const rules: readonly FactRule[] = [
  {
    fact: "configDigest",
    word: "the resolved experiment",
    onDifference: "refuse",
    because: "it would be another experiment",
  },
  {
    fact: "corpusFingerprint",
    word: "the dataset",
    onDifference: "refuse",
    because: "the order of samples would change",
  },
  {
    fact: "preprocessDigest",
    word: "the preprocess contract",
    onDifference: "refuse",
    because: "the weights were trained on other input",
  },
  {
    fact: "tokenizerDigest",
    word: "the tokenizer",
    onDifference: "refuse",
    because: "the embeddings belong to other tokens",
  },
  {
    fact: "policyDigest",
    word: "the router policy",
    onDifference: "not bit-exact",
    because: "prompts may be routed otherwise",
  },
  {
    fact: "tomoe",
    word: "the version of Tomoe",
    onDifference: "not bit-exact",
    because: "code may have changed",
  },
  {
    fact: "python",
    word: "the version of Python",
    onDifference: "not bit-exact",
    because: "libraries may differ",
  },
  {
    fact: "torch",
    word: "the version of torch",
    onDifference: "not bit-exact",
    because: "kernels may differ",
  },
  {
    fact: "device",
    word: "the device",
    onDifference: "not bit-exact",
    because: "its kernels round differently",
  },
  {
    fact: "cpuCapability",
    word: "the CPU capability",
    onDifference: "not bit-exact",
    because: "its kernels round differently",
  },
  {
    fact: "threads",
    word: "the number of threads",
    onDifference: "not bit-exact",
    because: "sums are split differently",
  },
  {
    fact: "worldSize",
    word: "the number of ranks",
    onDifference: "not bit-exact",
    because: "sums over ranks are split differently",
  },
  {
    fact: "precision",
    word: "the precision",
    onDifference: "not bit-exact",
    because: "sums round differently",
  },
  {
    fact: "execution",
    word: "execution.precision",
    onDifference: "refuse",
    because: "the weights were trained in the other",
  },
  {
    fact: "hashSeed",
    word: "Python's hash seed",
    onDifference: "not bit-exact",
    because: "sets are walked in another order",
  },
  {
    fact: "cublasWorkspace",
    word: "cuBLAS's workspace",
    onDifference: "not bit-exact",
    because: "a GPU's sums are split differently",
  },
];

/**
 * Compares what a checkpoint was made with and what is here now: "equal" goes on bit for bit, "compatible"
 * goes on but says why the numbers
 * may differ, "refuse" must not go on. Every difference is listed.
 */
export function compareManifests(saved: ReproFacts, current: ReproFacts): ManifestVerdict {
  const differing = rules.filter(({ fact }) => saved[fact] !== current[fact]);
  if (differing.length === 0)
    return current.execution === "strict"
      ? { verdict: "equal" }
      : {
          verdict: "compatible",
          reasons: ["execution.precision is fast: its sums do not repeat bit for bit"],
        };
  const tell = ({ fact, word, because }: FactRule): string =>
    `${word} was ${saved[fact]} and is ${current[fact]}: ${because}`;
  const refused = differing.filter(({ onDifference }) => onDifference === "refuse");
  return refused.length > 0
    ? { verdict: "refuse", reasons: refused.map(tell) }
    : { verdict: "compatible", reasons: differing.map(tell) };
}
