// Runs a campaign of damaged scans in a child, and asks the oracles about what it read.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runBounded } from "../../ts/process/index.ts";
import { repository } from "./cli.ts";
import { python } from "./misbehaving/stand-in.ts";
import type { CampaignJob, CampaignResult, KeptMutant } from "./volume-campaign.ts";

/**
 * What the oracles refuse and Tomoe reads all the same, each with why that is right. Anything else that is not equal is a
 * fault.
 */
export const namedDifferences: readonly (readonly [reason: RegExp, why: string])[] = [
  [/Missing required element: .*Samples per Pixel/, "absent, it is 1 in a CT"],
  [/Missing required element: .*Photometric Interpretation/, "absent, a CT is MONOCHROME2"],
  [/Missing required element: .*Bits Stored/, "absent, all bits that are allocated are stored"],
  [
    /The dataset has no 'Pixel Data'/,
    "pydicom loses its way behind an element whose VR or length is damaged",
  ],
  [/Unknown Value Representation/, "an element's tag says what it is, whatever its VR"],
  [/Expected total bytes to be an even multiple/, "an element that Tomoe does not look at is malformed"],
  [
    /unhashable type: 'MultiValue'|A UID must be created from a string/,
    "an id has a backslash in it, and is compared alone",
  ],
  [
    /Unknown \(0028,0004\) 'Photometric Interpretation' value 'MONOCHROME2'/i,
    "a code in small letters is the code, and is warned of",
  ],
  [
    /KeyError: \(0028,9145\)|has no attribute '(RescaleSlope|ImagePositionPatient)'|to float: '1 \(|No tag to read/,
    "pydicom loses its way in a frame's groups where a VR is damaged; Tomoe goes by tags, and lengths must agree",
  ],
  [
    /pixel data is less than expected \((30 vs 240|90 vs 720) bytes\)/,
    "pydicom counts numbers of 8 bytes where the VR of the pixels is UV; they are all there",
  ],
  [/MetaIO needs CompressedDataSize/, "the stream says where it ends"],
  [
    /Exception thrown in SimpleITK/,
    "ITK knows a word or a number in one spelling alone, or wants no empty line",
  ],
  [/Cannot parse header/, "numpy wants its dict followed by plain spaces"],
  [/failed to read extension content|read length must be non-negative/, "extensions are never read"],
];

/** The campaign's result; fails when the child died. */
export async function runCampaign(job: CampaignJob, timeoutMs: number): Promise<CampaignResult> {
  mkdirSync(job.out, { recursive: true });
  const { stdout, stderr, exitCode } = await runBounded({
    command: process.execPath,
    args: [
      "--expose-gc",
      // In a process that lives long V8 lets its young objects take 192 MiB, of which a reader needs 10: so 48.
      "--max-semi-space-size=16",
      "--disable-warning=ExperimentalWarning",
      join(repository, "tests/support/volume-campaign.ts"),
    ],
    input: Buffer.from(JSON.stringify(job)),
    timeoutMs,
    maxOutputBytes: 1 << 28,
  });
  if (exitCode !== 0)
    throw new Error(`the campaign ended with ${exitCode}: ${Buffer.from(stderr).toString()}`);
  return JSON.parse(Buffer.from(stdout).toString("utf8")) as CampaignResult;
}

export interface OracleVerdicts {
  readonly equal: number;
  /** Mutants that differ in a way that has no name. */
  readonly differing: readonly string[];
  readonly named: number;
}

/** What nibabel, pydicom, SimpleITK and numpy say of the mutants that were kept, in one Python process. */
export async function askOracles(kept: readonly KeptMutant[], timeoutMs: number): Promise<OracleVerdicts> {
  const { stdout, stderr, exitCode } = await runBounded({
    command: python,
    args: [join(repository, "tests/support/volume_oracle.py")],
    input: Buffer.from(JSON.stringify(kept)),
    timeoutMs,
    maxOutputBytes: 1 << 28,
  });
  if (exitCode !== 0)
    throw new Error(`the oracles ended with ${exitCode}: ${Buffer.from(stderr).toString()}`);
  const verdicts = JSON.parse(Buffer.from(stdout).toString("utf8")) as readonly string[];
  const told = verdicts.map((verdict, index) => `mutant ${kept[index]?.number}: ${verdict}`);
  const isNamed = (verdict: string): boolean =>
    verdict.includes("the oracle refuses") && namedDifferences.some(([reason]) => reason.test(verdict));
  const other = told.filter((verdict) => !verdict.endsWith(": equal"));
  return {
    equal: told.length - other.length,
    named: other.filter(isNamed).length,
    differing: other.filter((verdict) => !isNamed(verdict)),
  };
}
