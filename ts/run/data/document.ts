import type { Leak } from "../../data/sources/index.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";
import type { HuSummary, Tally } from "./tally.ts";

/** What `tomoe data verify --json` prints. */
export interface VerifyDocument {
  readonly ok: true;
  readonly layout: LayoutName;
  readonly deep: boolean;
  readonly cases: {
    readonly total: number;
    readonly read: number;
    readonly refused: number;
    readonly missing: number;
  };
  readonly items: { readonly total: number; readonly refused: number };
  /** Rows that are refused and name neither a case nor an item. */
  readonly rows: { readonly refused: number };
  readonly dropped: Tally["dropped"];
  readonly duplicates: { readonly volumes: number; readonly reports: number };
  readonly leaks: readonly Leak[];
  /** Null where no voxels were read. */
  readonly hu: HuSummary | null;
  readonly problems: string;
  readonly csv: string;
  readonly picture: string;
  readonly codes: readonly { readonly kind: string; readonly code: string; readonly count: number }[];
  /** Scans that a call before had read. */
  readonly resumed: number;
  readonly digest: string;
}
