import { bug } from "../../errors.ts";
import { type PythonCase, pythonCases, roundsOf, timesOf, wallOf } from "../python-cases.ts";
import type { BenchRow, Target } from "../rows.ts";

/**
 * A tower with the ratios of ViT-L/14 at 336 pixels and 32 slices: 23 blocks are read and the upper 8 of them attend over
 * all slices, which takes 2.9 times their linear maps (3.0 there), .09 in the blocks below (.09). Behind it 200 image
 * tokens, texts of 16 to 28 with their frame, and a decoder with adapters that is an eighth of one question's step, counted
 * in operations forward and backward, where Phi-3-mini behind 1,152 image tokens is a quarter.
 */
const sizes = {
  imageSize: 20,
  patchSize: 4,
  hidden: 48,
  heads: 2,
  blocks: 23,
  upperBlocks: 8,
  depth: 32,
  poolDepth: 4,
  language: { hidden: 112, heads: 4, layers: 4 },
  questionsOfTask: 2,
} as const;
const [last, spread] = ["block 22", "blocks 16, 18, 20, 22"] as const;
const settings = {
  ...sizes,
  sites: { [last]: [22], [spread]: [16, 18, 20, 22] },
  stages: ["shared", "per-task"],
  guidances: ["off", "task", "question"],
  rounds: 3,
  threads: 1,
} as const;

/** Questions on one volume: two of each of three tasks. */
const questions = 3 * sizes.questionsOfTask;
/**
 * How many times the questions a second have to be, where experts stand in the last block alone and are shared, whatever the
 * gates read. What a question's text reaches is done again for each question, and so is the whole decoder behind it: an
 * eighth of one question's step by operations, so that six together are at most 6 / (1 + 5 / 8) = 3.7 times as fast there.
 */
const gain: Target = { against: "peer", atLeast: 4 };
/** How far the loss may be from that of one question a pass, in shares of it. */
const lossLimit = 1e-5;

/**
 * C8: training steps on six questions of one volume, behind one vision pass and one image prefix, against the same step with
 * one question a pass.
 */
export async function benchSharedVolume(note: (line: string) => void): Promise<readonly BenchRow[]> {
  return (await pythonCases({ module: "shared_volume", settings }, note)).map(rowOf);
}

/** The row of one case: "SITES, STAGE, GUIDANCE". */
export function rowOf(measured: PythonCase): BenchRow {
  const { visionGain = Number.NaN, stepGain = Number.NaN, lossApart = Number.NaN } = measured.figures ?? {};
  if (!(lossApart <= lossLimit))
    throw bug("questions of one volume have another loss together", { case: measured.case, lossApart });
  const [prefix, alone] = [wallOf(measured, "prefix"), wallOf(measured, "alone")];
  const withoutPrefix = timesOf(roundsOf(measured, "alone"), roundsOf(measured, "vision"));
  const perSecond = (ms: number): number => (questions * 1000) / ms;
  return {
    name: "shared.volume",
    what: `${questions} questions, experts in ${measured.case}`,
    oursMs: prefix,
    peerMs: alone,
    floorMs: null,
    targets: measured.case.startsWith(`${last}, shared,`) ? [gain] : [],
    details: {
      rounds: roundsOf(measured, "prefix").wallMs.length,
      questionsPerSecond: perSecond(prefix),
      alonePerSecond: perSecond(alone),
      ...timesOf(roundsOf(measured, "alone"), roundsOf(measured, "prefix")),
      // Without the prefix: what the shared vision pass alone gains.
      visionAloneTimesCpu: withoutPrefix.timesCpu ?? Number.NaN,
      visionGainCounted: visionGain,
      // By operations of the whole step: what it can gain at most.
      stepGainCounted: stepGain,
      lossApart,
    },
  };
}
