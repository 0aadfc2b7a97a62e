import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import { TomoeError } from "../../../errors.ts";
import type { GcDocument } from "../../../run/data/index.ts";
import { bytesText } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { existingRunsDir } from "../../words/run-flags.ts";

const bytesPerGb = 1e9;

/** `tomoe data gc`: rows of the cache that nobody needs are removed, or told. */
export async function dataGc({ flags, signal }: Call): Promise<Outcome> {
  const [days, gigabytes] = ["older-than", "most-gb"].map((name) => flags.integer(name));
  const problems = ["older-than", "most-gb"]
    .filter((name) => (flags.integer(name) ?? 0) < 0)
    .map((name) => `--${name} must not be negative`);
  if (problems.length > 0) throw usage({ name: "data gc" }, problems);
  const runsDir = existingRunsDir(flags);
  const { usualCache, usualIndexes } = await import("../../../data/index.ts");
  const cache = usualCache(process.env, process.cwd());
  if (cache === null)
    throw new TomoeError("USAGE_INVALID", "TOMOE_CACHE is off: there is no cache to look at", {
      hint: "Unset TOMOE_CACHE, or let it name a folder.",
    });
  const { collectRows } = await import("../../../run/data/index.ts");
  const document = await collectRows({
    cache,
    indexes: usualIndexes(process.env, process.cwd()),
    runsDir,
    evalsDir: resolve(flags.text("evals") ?? "evals"),
    dryRun: flags.has("dry-run"),
    ...defined({
      olderThanDays: days,
      mostBytes: gigabytes === undefined ? undefined : gigabytes * bytesPerGb,
    }),
    signal,
  });
  return { document, text: textOf(document) };
}

function textOf({ dryRun, cache, rows, indexes, needed, bytes, left }: GcDocument): string {
  const kinds = [
    `${needed.runs} runs`,
    `${needed.evals} evaluations`,
    `${needed.builds} builds`,
    ...(needed.others === 0 ? [] : [`${needed.others} of other projects`]),
  ];
  const working = needed.working === 0 ? "" : `; ${needed.working} of them at work`;
  const ofIndexes =
    indexes.total === 0 ? "" : ` and ${indexes.removed} of ${indexes.total} indexes of tables`;
  return [
    `${rows.removed} of ${rows.total} rows${ofIndexes} ${dryRun ? "would be removed" : "removed"} (${bytesText(bytes)}), ${bytesText(left)} left`,
    `needed by ${kinds.join(", ")}${working}`,
    cache,
  ].join("\n");
}
