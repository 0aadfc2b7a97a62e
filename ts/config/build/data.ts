import type { FolderOptions, PhantomOptions, SplitOptions } from "../../gen/options.ts";
import type { FolderInput, PhantomInput } from "../../schema/experiment.ts";
import type { dataOption } from "../../schema/options/data.ts";
import type { Written } from "./ranges.ts";

type Rows = (typeof dataOption)["of"];
type Split = Rows[1]["options"]["split"]["options"];
interface PhantomRows extends Pick<Rows[0]["options"], keyof Rows[0]["options"]> {}
interface FolderRows extends Pick<Rows[1]["options"], keyof Rows[1]["options"]> {}
interface ShareRows extends Pick<Split, keyof Split> {}

/** PhantomCT: generated CT-like volumes whose truth is exact. */
export function phantomCt<const O extends PhantomOptions>(
  options: Written<PhantomOptions, O, PhantomRows>,
): PhantomInput {
  return { ...(options as PhantomOptions), kind: "phantom" };
}

export type SplitShares = SplitOptions;

export type FolderData = FolderInput & {
  /** The data with the split column replaced by shares of subjects. */
  split<const S extends SplitShares>(shares: Written<SplitShares, S, ShareRows>): FolderInput;
};

/**
 * A folder of CT scans: `manifest.json`, `cases.jsonl`, `items.jsonl` and the volumes they name.
 *
 * @param path - the folder.
 */
export function ctFolder<const O extends FolderOptions>(
  path: string,
  options: Written<FolderOptions, O, FolderRows>,
): FolderData {
  const data = { ...(options as FolderOptions), kind: "folder" as const, path };
  const withSplit = { ...data } as unknown as FolderData;
  // Not enumerable: what is validated, hashed and printed is the data alone.
  Object.defineProperty(withSplit, "split", {
    enumerable: false,
    value: (shares: SplitShares): FolderInput => ({ ...data, split: { ...shares } }),
  });
  return withSplit;
}
