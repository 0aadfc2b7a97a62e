import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PythonCase, pythonCases, roundsOf } from "../python-cases.ts";
import { type BenchRow, median, type Target } from "../rows.ts";

const settings = {
  shape: [512, 512, 300],
  size: [32, 256, 256],
  spacingMm: [0.75, 0.75, 1.5],
  rounds: 5,
  threads: 1,
};
const clocks = { wall: "wallMs", CPU: "cpuMs" } as const;
type Clock = keyof typeof clocks;

/** What a case has to reach: of inflate-only by clock, and against each rival, by either clock. */
interface Goal {
  readonly floor?: { readonly [clock in Clock]: number };
  readonly peers: { readonly [way: string]: number };
  /** Both where absent; the CPU time of processes that a way starts is counted nowhere. */
  readonly clock?: Clock;
}

const goals: { readonly [name: string]: Goal } = {
  "m3d-compat": { floor: { wall: 1.6, CPU: 2 }, peers: { monai: 5, nibabel: 2 } },
  "ct-hu": { peers: { nibabel: 0 } },
  spacing: { peers: { monai: 15 } },
  dicom: { peers: { pydicom: 1 } },
  jpeg2000: { peers: { pylibjpeg: 1 / 1.3 }, clock: "wall" },
};

/**
 * C1: one scan of 512 x 512 x 300 from the disk to 32 x 256 x 256, the HU gate and the written .npy included, against
 * MONAI's chain, nibabel with torch, and pydicom with torch, also on JPEG 2000 in two processes, in turns; the floor is Node's zlib on the same file.
 */
export async function benchPrepVolume(note: (line: string) => void): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-prep-"));
  try {
    const serve = `import { servePrepWays } from ${JSON.stringify(new URL("way.ts", import.meta.url))}; await servePrepWays();`;
    const node = [
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "-e",
      serve,
    ];
    const cases = await pythonCases({ module: "prep_volume", settings: { ...settings, folder, node } }, note);
    const rows = prepRows(cases);
    if (rows.some(({ what, peerMs }) => what.includes("monai") && peerMs === null))
      note("monai is not installed, so nothing was compared with it: npm run setup -- --dev");
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One row a case, rival and clock; the row of a rival that was not measured says so by having no time of it. */
export function prepRows(cases: readonly PythonCase[]): readonly BenchRow[] {
  return cases.flatMap((measured) => {
    const { floor, peers, clock: only } = goals[measured.case] ?? { peers: {} };
    const timed = only === undefined ? (Object.keys(clocks) as Clock[]) : [only];
    return Object.entries(peers).flatMap(([peer, atLeast]) =>
      timed.map((clock) => {
        const time = (way: string): number | null =>
          measured.ways[way] === undefined ? null : median(roundsOf(measured, way)[clocks[clock]]);
        const most = floor?.[clock];
        const targets: Target[] = [
          ...(atLeast > 0 ? [{ against: "peer" as const, atLeast }] : []),
          ...(most === undefined ? [] : [{ against: "floor" as const, atLeast: 1 / most }]),
        ];
        return {
          name: "prep.volume",
          what: `${measured.case} against ${peer}, ${clock}`,
          oursMs: time("ours") ?? Number.NaN,
          peerMs: time(peer),
          floorMs: time("inflate"),
          targets,
          details: {
            peakOverRuntimeMiB: (measured.peakKiB ?? Number.NaN) / 1024,
            rounds: measured.ways["ours"]?.[clocks[clock]] ?? [],
          },
        };
      }),
    );
  });
}
