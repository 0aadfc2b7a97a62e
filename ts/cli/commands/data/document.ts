import { z } from "zod";
import { layoutNames } from "../../../schema/tables/layouts.ts";
import { ok } from "../../words/document-parts.ts";

const count = z.int().nonnegative();

const leak = z.looseObject({
  kind: z.enum(["patient", "volume", "report"]),
  splits: z.array(z.enum(["train", "validation", "test"])),
  count,
});

/** What `tomoe data verify --json` prints. */
export const dataVerifyDocument = z.looseObject({
  ok,
  layout: z.enum(layoutNames as [string, ...string[]]),
  deep: z.boolean(),
  cases: z.looseObject({ total: count, read: count, refused: count, missing: count }),
  items: z.looseObject({ total: count, refused: count }),
  rows: z.looseObject({ refused: count.describe("rows that name neither a case nor an item") }),
  dropped: z.array(z.looseObject({ what: z.enum(["case", "item"]), filter: z.string(), count })),
  duplicates: z.looseObject({ volumes: count, reports: count }),
  leaks: z.array(leak),
  hu: z
    .looseObject({
      scans: count,
      ok: count,
      suspect: count,
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      p01: z.number(),
      p50: z.number(),
      p99: z.number(),
    })
    .nullable()
    .describe("null where no voxels were read"),
  problems: z.string(),
  csv: z.string(),
  picture: z.string(),
  codes: z.array(z.looseObject({ kind: z.enum(["refused", "leak", "note"]), code: z.string(), count })),
  resumed: count.describe("scans that a call before had read"),
  gates: z.array(z.looseObject({ gate: z.string(), value: z.number(), held: z.boolean() })),
  digest: z.string(),
});

const part = z.looseObject({ patients: count, cases: count, items: count });

/** What `tomoe data split --json` prints. */
export const dataSplitDocument = z.looseObject({
  ok,
  layout: z.enum(layoutNames as [string, ...string[]]),
  table: z.string().nullable(),
  by: z.enum(["patient", "report"]),
  seed: z.int(),
  shares: z.looseObject({ train: z.number(), validation: z.number(), test: z.number() }),
  splits: z.looseObject({ train: part, validation: part, test: part }),
  strata: z.array(
    z.looseObject({
      task: z.string(),
      type: z.string().nullable(),
      train: count,
      validation: count,
      test: count,
    }),
  ),
  groups: z.looseObject({ count, largestCases: count }),
  leaks: z.array(leak).describe("what the drawn splits share"),
  skipped: count.describe("rows and cases that the problems given leave out"),
  digest: z.string().describe("over ids and their splits"),
});

const certified = part.extend({
  rows: z.string().describe("over what is said of every case and asked about it"),
  scans: z.string().describe("over that and the bytes of every scan"),
});

/** What `tomoe data certify --json` prints. */
export const dataCertifyDocument = z.looseObject({
  ok,
  layout: z.enum(layoutNames as [string, ...string[]]),
  certificate: z.string().nullable(),
  filters: z.array(
    z.looseObject({
      name: z.string(),
      of: z.string().describe("cases, or the items of a task"),
      split: z.string().nullable(),
      before: count,
      after: count,
    }),
  ),
  splits: z.looseObject({ train: certified, validation: certified, test: certified }),
  leaks: z.array(leak),
  skipped: count.describe("rows and cases that the problems given leave out"),
  resumed: count.describe("scans that a call before had read"),
  digest: z.string().describe("over filters, splits and leaks: no id enters it"),
});

/** What `tomoe data build --json` prints. */
export const dataBuildDocument = z.looseObject({
  ok,
  cache: z.string(),
  rows: z.looseObject({ total: count, built: count, reused: count, refused: count }),
  sources: z.looseObject({ digested: count.describe("scans that were read to know their digest") }),
  bytes: count.describe("of all rows that are there"),
  seconds: z.number(),
});

/** What `tomoe data gc --json` prints. */
export const dataGcDocument = z.looseObject({
  ok,
  dryRun: z.boolean(),
  cache: z.string(),
  rows: z.looseObject({ total: count, removed: count }),
  indexes: z.looseObject({
    total: count.describe("of the tables of data sets, which spare a walk over them"),
    removed: count.describe("of tables that changed or are gone, or that nobody used for so many days"),
  }),
  needed: z.looseObject({
    runs: count,
    evals: count,
    builds: count,
    others: count.describe("of other projects"),
    working: count.describe("of all those, how many work with rows now"),
  }),
  bytes: count.describe("freed, or that would be freed"),
  left: count,
});
