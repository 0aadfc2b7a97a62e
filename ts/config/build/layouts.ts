import type { LayoutOptions } from "../../gen/options.ts";
import type { layoutOptions } from "../../schema/options/data.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";
import type { SplitShares } from "./data.ts";
import type { LayoutOf } from "./parts.ts";
import type { Written } from "./ranges.ts";

type Rows = Omit<typeof layoutOptions, "layout" | "path" | "split">;
interface LayoutRows extends Rows {}
type Given<O extends LayoutOptions> = Written<LayoutOptions, O, LayoutRows>;

type ShareRows = (typeof layoutOptions)["split"]["options"];

export type LayoutData<L extends LayoutName> = LayoutOf<L> & {
  /** The data with their splits replaced by shares of subjects. */
  split<const S extends SplitShares>(shares: Written<SplitShares, S, ShareRows>): LayoutOf<L>;
};

function dataSet<L extends LayoutName>(layout: L, path: string, options: object): LayoutData<L> {
  const data = { ...(options as LayoutOptions), kind: "layout" as const, layout, path };
  // Not enumerable: what is validated, hashed and printed is the data alone.
  return Object.defineProperty({ ...data } as unknown as LayoutData<L>, "split", {
    enumerable: false,
    value: (shares: SplitShares) => ({ ...data, split: { ...shares } }),
  });
}

/**
 * M3D-Cap or M3D-VQA: volumes as pictures of 0..1, with a report each or with questions.
 *
 * @param path - the folder that holds `M3D_Cap_npy`, and of questions `M3D-VQA`.
 * @param part - "cap" or "vqa".
 */
export function m3d<const P extends "cap" | "vqa", const O extends LayoutOptions>(
  path: string,
  part: P,
  options: Given<O>,
): LayoutData<`m3d-${P}`> {
  return dataSet(`m3d-${part}` as const, path, options);
}

/**
 * CT-RATE: chest CT with reports and 18 labels.
 *
 * @param path - the folder that holds `dataset`.
 * @param version - "v2": HU and geometry are in the files; "v1": they stand in the metadata table.
 */
export function ctRate<const V extends "v1" | "v2", const O extends LayoutOptions>(
  path: string,
  version: V,
  options: Given<O>,
): LayoutData<V extends "v1" ? "ct-rate-v1" : "ct-rate"> {
  type Layout = V extends "v1" ? "ct-rate-v1" : "ct-rate";
  return dataSet((version === "v1" ? "ct-rate-v1" : "ct-rate") as Layout, path, options);
}

/** RadGenome-ChestCT: reports by region and questions on CT-RATE. */
export function radGenome<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"radgenome-chestct"> {
  return dataSet("radgenome-chestct", path, options);
}

/** 3D-RAD: questions of six tasks on CT-RATE, whose folder `scans` names. */
export function threeDRad<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"3d-rad"> {
  return dataSet("3d-rad", path, options);
}

/** AMOS-MM: reports by region and questions with options. */
export function amosMm<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"amos-mm"> {
  return dataSet("amos-mm", path, options);
}

/** DeepTumorVQA v2: questions on tumours of the abdomen. */
export function deepTumorVqa<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"deeptumorvqa"> {
  return dataSet("deeptumorvqa", path, options);
}

/** ClinFusion-Eval 3D: questions and reports on CT-RATE, AMOS-MM and 3D-RAD, whose folders `scans` holds. */
export function clinFusion<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"clinfusion-3d"> {
  return dataSet("clinfusion-3d", path, options);
}

/** Chat messages as trainers of Hugging Face read them. */
export function chatMessages<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"messages"> {
  return dataSet("messages", path, options);
}

/** Scans and tables of one's own: CSV, TSV, JSON Lines or Parquet. */
export function ownTables<const O extends LayoutOptions>(
  path: string,
  options: Given<O>,
): LayoutData<"table"> {
  return dataSet("table", path, options);
}
