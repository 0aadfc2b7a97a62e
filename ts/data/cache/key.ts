import { createHash } from "node:crypto";
import { digestJson } from "../../schema/digest.ts";
import { preprocessGraph } from "../prepare/graph/graph.ts";
import { statedConfig } from "../prepare/preprocess.ts";
import type { RowsRequest } from "../shards/made-rows.ts";
import { calibrationName, policyName } from "../shards/made-rows.ts";
import type { ShardCase } from "../shards/request.ts";
import { huGateRule } from "../volume/hu/gate.ts";
import { readerRule } from "../volume/readers.ts";

/**
 * What all rows of one wish have in common, digested: the versions of reader, graph and gate, and the settings. What the
 * worker does after it does not count: recipes that differ there alone share their rows.
 */
export function settingsDigest({ config, huGate }: Pick<RowsRequest, "config" | "huGate">): string {
  const contract = {
    format: "tomoe.row/1",
    reader: readerRule,
    graph: preprocessGraph,
    huGate: { rule: huGateRule, verdict: huGate ?? "refuse" },
    config: statedConfig(config),
  };
  return digestJson(contract, "the settings of a row");
}

/**
 * The key of a row: 64 hex digits over the settings, the bytes of its source and which part of it is meant. No path and no
 * name enters it.
 *
 * @param patchLabels - digest of the file of its labels; null without any.
 */
export function rowKey(
  settings: string,
  entry: ShardCase,
  { source, patchLabels }: { readonly source: string; readonly patchLabels: string | null },
): string {
  const { series = "", slice = "volume" } = entry;
  const of = [settings, source, series, slice, policyName(entry), calibrationName(entry), patchLabels ?? ""];
  return createHash("sha256").update(of.join("\n")).digest("hex");
}

/** Path of a row below the folder of rows. */
export function rowPath(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2)}.arrow`;
}
