import type { SpaceWaiter } from "../../../files/index.ts";
import type { BatchVolume } from "../../../schema/batch.ts";
import type { ItemRow } from "../../../schema/sample.ts";
import { predicts } from "../../../schema/task.ts";
import type { EvaluatedCase } from "../../evaluate/cases.ts";
import { controlVolumes } from "../../evaluate/controls.ts";
import type { RunJob } from "../../job.ts";
import type { CachePlaces } from "../../prepare/cache-places.ts";

/** What volumes of an arm are made from. */
export interface ArmMaterial extends Pick<RunJob, "resolved">, CachePlaces {
  readonly cases: readonly EvaluatedCase[];
  readonly space: SpaceWaiter;
}

/** One way to ask the model: the system itself, and adversaries that do not see the patient's own scan. */
export interface Arm {
  readonly says: string;
  readonly seesImage: boolean;
  /** Questions with options are answered in words. */
  readonly inWords: boolean;
  readonly asks: (item: ItemRow) => boolean;
  /** Why it cannot be asked of these cases; undefined when it can. */
  readonly leftOut: (cases: readonly EvaluatedCase[]) => string | undefined;
  /** The volumes of one call, in the order of its cases. */
  readonly volumesOf: (
    material: ArmMaterial,
    part: readonly EvaluatedCase[],
    at: number,
  ) => Promise<readonly BatchVolume[]>;
}

/** For each case another one of another patient: the next in the order, so that nobody's scan is used twice for one patient. */
export function otherPatients(cases: readonly EvaluatedCase[]): readonly (EvaluatedCase | undefined)[] {
  return cases.map(({ subject }, at) =>
    Array.from({ length: cases.length - 1 }, (_, step) => cases[(at + step + 1) % cases.length]).find(
      (other) => other?.subject !== subject,
    ),
  );
}

const own = async (_material: ArmMaterial, part: readonly EvaluatedCase[]): Promise<readonly BatchVolume[]> =>
  await Promise.resolve(part.map(({ volume }) => volume));

const always = (): undefined => undefined;

const base = { seesImage: true, inWords: false, asks: () => true, leftOut: always, volumesOf: own } as const;

/** All arms; the first two are the system. */
export const arms = {
  own: { ...base, says: "the patient's own scan" },
  "own-words": {
    ...base,
    says: "questions with options answered in words",
    inWords: true,
    asks: ({ task }: ItemRow) => predicts(task, "choice"),
  },
  "text-only": { ...base, says: "the question alone: no image token stands before it", seesImage: false },
  blank: {
    ...base,
    says: "a volume of air",
    volumesOf: async (material: ArmMaterial, part: readonly EvaluatedCase[], at: number) =>
      await controlVolumes(material, "blank", { part, at }),
  },
  "other-scan": {
    ...base,
    says: "the scan of another patient",
    leftOut: (cases: readonly EvaluatedCase[]) =>
      otherPatients(cases).includes(undefined) ? "the cases are of one patient" : undefined,
    volumesOf: async ({ cases }: ArmMaterial, part: readonly EvaluatedCase[], at: number) => {
      const others = otherPatients(cases).slice(at, at + part.length);
      return await Promise.resolve(part.map(({ volume }, index) => others[index]?.volume ?? volume));
    },
  },
} as const satisfies Readonly<Record<string, Arm>>;
export type ArmName = keyof typeof arms;
export const armNames = Object.keys(arms) as readonly ArmName[];
export const adversaryArms = ["text-only", "blank", "other-scan"] as const satisfies readonly ArmName[];
