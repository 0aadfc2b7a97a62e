import type { StepReplay } from "../../../run/index.ts";
import { plainText } from "../../terminal.ts";
import { textTable } from "../../text-table.ts";

/** What `tomoe replay` prints for people. */
export function textOf({
  runId,
  batch,
  from,
  equal,
  isStrict,
  differences,
  firstDifference,
  failure,
}: StepReplay): string {
  const begun = from.checkpoint === null ? "the beginning" : `checkpoint ${from.checkpoint}`;
  const lines = [
    `run ${runId}, stage ${batch.stage}, step ${batch.step}: ${from.steps} steps done from ${begun}`,
    `${batch.volumes.length} volumes: ${some(batch.volumes.map((id) => id.slice(0, 12)))}`,
    ...(batch.items.length === 0 ? [] : [`${batch.items.length} items: ${some(batch.items.map(plainText))}`]),
    ...(failure === null ? [] : [`it failed: ${plainText(failure.message)}`]),
  ];
  if (equal) return [...lines, "every number is the recorded one"].join("\n");
  const shown = (value: number | null): string => (value === null ? "-" : String(value));
  const table = textTable(
    [{ title: "NUMBER" }, { title: "RECORDED", align: "right" }, { title: "REPLAYED", align: "right" }],
    differences.map((one) => [one.name, shown(one.recorded), shown(one.replayed)]),
  );
  const why = isStrict ? "" : "; not computed strictly, or not by what the run was made with";
  const since = firstDifference === null ? "" : `, first at step ${firstDifference}`;
  return [...lines, table, `${differences.length} numbers differ${since}${why}`].join("\n");
}

/** The first of many names; the document has all of them. */
function some(names: readonly string[]): string {
  const more = names.length - namesShown;
  return names.slice(0, namesShown).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

const namesShown = 8;
