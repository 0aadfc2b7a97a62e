import type { PythonCase } from "./python-cases.ts";
import { pythonCases, roundsOf, timesOf, wallOf } from "./python-cases.ts";
import type { BenchRow } from "./rows.ts";

const settings = {
  imageSize: 64,
  patchSize: 8,
  hidden: 128,
  blocks: 4,
  upperBlocks: 1,
  depths: [8, 16, 32, 64, 128],
  rounds: 15,
  threads: 2,
};

/** How time may grow with depth: the exponent between the shallowest and the deepest volume. */
const exponents = { "2D": 1.15, joint: 2 } as const;
type Way = keyof typeof exponents;

/**
 * C5: a small vision tower over volumes of growing depth, forward: slice by slice, and with its last block over all
 * slices. The floor is the time of the shallowest volume grown by the exponent allowed, the peer a tower all of whose
 * blocks attend over all slices.
 */
export async function benchDepthScaling(note: (line: string) => void): Promise<readonly BenchRow[]> {
  const cases = await pythonCases({ module: "depth_scaling", settings }, note);
  const [first, last] = [cases[0], cases.at(-1)];
  if (first === undefined || last === undefined) return [];
  return (Object.keys(exponents) as Way[]).map((way) => rowOf(way, cases, first, last));
}

function rowOf(way: Way, cases: readonly PythonCase[], first: PythonCase, last: PythonCase): BenchRow {
  const deeper = Number(last.case) / Number(first.case);
  const [shallowMs, deepMs] = [wallOf(first, way), wallOf(last, way)];
  return {
    name: "depth.scaling",
    what: `${way}, ${first.case} to ${last.case} slices`,
    oursMs: deepMs,
    peerMs: wallOf(last, "all 3D"),
    floorMs: shallowMs * deeper ** exponents[way],
    targets: [{ against: "floor", atLeast: 1 }],
    details: {
      exponent: Math.log(deepMs / shallowMs) / Math.log(deeper),
      ...timesOf(roundsOf(last, way), roundsOf(first, way)),
      depths: cases.map((measured) => Number(measured.case)),
      wallMs: cases.map((measured) => wallOf(measured, way)),
      peakMiB: cases.map(({ peakKiB = 0 }) => peakKiB / 1024),
    },
  };
}
