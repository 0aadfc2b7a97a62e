import { bug } from "../../errors.ts";
import { type PythonCase, pythonCases, roundsOf, timesOf, wallOf } from "../python-cases.ts";
import type { BenchRow, Target } from "../rows.ts";

/** ViT-L/14 at 336 pixels over 32 slices, of which 23 blocks are read and the upper 8 attend over all slices: counted, never run. */
const full = {
  imageSize: 336,
  patchSize: 14,
  mergeSize: 2,
  hidden: 1024,
  heads: 16,
  blocks: 23,
  upperBlocks: 8,
  depth: 32,
} as const;
const phi3mini = { hidden: 3072, heads: 32, layers: 32 } as const;
/**
 * A tower of its ratios, which runs here: attention takes 2.9 times the linear maps of the upper blocks (3.0 there), .09 of
 * the blocks below (.09). Behind it 200 image tokens, and texts of 16 to 28 with their frame.
 */
const small = {
  imageSize: 20,
  patchSize: 4,
  mergeSize: 1,
  hidden: 48,
  heads: 2,
  blocks: 23,
  upperBlocks: 8,
  depth: 32,
} as const;
const [last, spread] = ["block 22", "blocks 16, 18, 20, 22"] as const;
const sites = { [last]: [22], [spread]: [16, 18, 20, 22] } as const;

/**
 * Image tokens of a volume at full size. 288 are near the 256 of M3D; 1,152 are those of a depth pooled by 4. A small decoder
 * takes the share of one question's step that Phi-3-mini takes behind so many: about a fifteenth, about a quarter. It is one
 * wide layer, since in narrow ones what is no matrix product takes a share of the time that it has in no real decoder.
 */
const few = "288 tokens";
const budgets = {
  [few]: {
    full: { poolDepth: 16, language: phi3mini },
    small: { poolDepth: 4, language: { hidden: 304, heads: 4, layers: 1 } },
    sites,
    stages: ["shared", "per-task"],
  },
  "1,152 tokens": {
    full: { poolDepth: 4, language: phi3mini },
    small: { poolDepth: 4, language: { hidden: 600, heads: 4, layers: 1 } },
    sites: { [last]: sites[last] },
    stages: ["shared"],
  },
} as const;
const questionsOfTask = 2;
const settings = {
  full,
  small,
  budgets,
  questionsOfTask,
  guidances: ["off", "task", "question"],
  countedInFull: [last, "shared"],
  rounds: 3,
  threads: 1,
} as const;

/** Questions on one volume: two of each of three tasks. */
const questions = 3 * questionsOfTask;
/**
 * How many times the questions a second have to be, where experts stand in the last block alone and are shared, whatever the
 * gates read. What a question's text reaches is done again for each question, and so is the whole
 * decoder behind it: where that is a share q of one question's step, six together are at most 6 / (1 + 5q) times as fast, so
 * that 4 cannot be had behind 1,152 tokens, where q is a quarter: that row misses its target, and says so.
 */
const gain: Target = { against: "peer", atLeast: 4 };
/** How far the loss may be from that of one question a pass, in shares of it. */
const lossLimit = 1e-5;
/** How far the small size may be from the full one in what a step can gain, in shares of it, behind few tokens. */
const sizeLimit = 0.05;

/**
 * C8: training steps on six questions of one volume, behind one vision pass and one image prefix, against the same step with
 * one question a pass.
 */
export async function benchSharedVolume(note: (line: string) => void): Promise<readonly BenchRow[]> {
  return (await pythonCases({ module: "shared_volume", settings }, note)).map(rowOf);
}

/** The row of one case: "TOKENS, SITES, STAGE, GUIDANCE". */
export function rowOf(measured: PythonCase): BenchRow {
  const {
    visionGain = Number.NaN,
    stepGain = Number.NaN,
    fullStepGain = Number.NaN,
    lossApart = Number.NaN,
  } = measured.figures ?? {};
  if (!(lossApart <= lossLimit))
    throw bug("questions of one volume have another loss together", { case: measured.case, lossApart });
  const isHeld = measured.case.includes(` tokens, ${last}, shared,`);
  if (measured.case.startsWith(few) && isHeld && !(Math.abs(stepGain / fullStepGain - 1) <= sizeLimit))
    throw bug("the small model gains other than the full one", {
      case: measured.case,
      stepGain,
      fullStepGain,
    });
  const [prefix, alone] = [wallOf(measured, "prefix"), wallOf(measured, "alone")];
  const withoutPrefix = timesOf(roundsOf(measured, "alone"), roundsOf(measured, "vision"));
  const perSecond = (ms: number): number => (questions * 1000) / ms;
  return {
    name: "shared.volume",
    what: `${questions} questions, ${measured.case}`,
    oursMs: prefix,
    peerMs: alone,
    floorMs: null,
    targets: isHeld ? [gain] : [],
    details: {
      rounds: roundsOf(measured, "prefix").wallMs.length,
      questionsPerSecond: perSecond(prefix),
      alonePerSecond: perSecond(alone),
      ...timesOf(roundsOf(measured, "alone"), roundsOf(measured, "prefix")),
      // Without the prefix: what the shared vision pass alone gains.
      visionAloneTimesCpu: withoutPrefix.timesCpu ?? Number.NaN,
      visionGainCounted: visionGain,
      // By operations of the whole step: what it can gain at most, at this size and at the full one.
      stepGainCounted: stepGain,
      ...(Number.isNaN(fullStepGain) ? {} : { fullStepGainCounted: fullStepGain }),
      lossApart,
    },
  };
}
