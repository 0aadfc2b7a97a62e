import type { TableRow } from "../../rows/table-row.ts";
import type { SourceItem } from "../../source.ts";
import { textOf } from "../walks.ts";
import type { RateVolume } from "./names.ts";

/** The report of a row: findings, then impression, as far as they are there. */
export function reportItem(one: TableRow, { id, split }: RateVolume): SourceItem {
  const parts = ["Findings_EN", "Impressions_EN"].flatMap((column) => textOf(one, column)?.trim() ?? []);
  const extra = Object.fromEntries(
    ["ClinicalInformation_EN", "Technique_EN"].flatMap((column) => {
      const text = textOf(one, column);
      return text === undefined ? [] : [[column, text]];
    }),
  );
  const item = { id: `${id}/report`, case: id, task: "report", question: null } as const;
  return { ...item, target: parts.join("\n"), split, extra, place: one.place };
}

/** Which of the columns of 0 and 1 are 1, asked as one question. */
export function labelItem(
  one: TableRow,
  { id, split }: RateVolume,
): SourceItem | { readonly malformed: readonly string[] } {
  const names = Object.keys(one.values).filter((name) => name !== "VolumeName" && name !== "");
  const value = (name: string): string => String(one.values[name]).trim();
  const malformed = names.filter((name) => !/^[01](?:\.0*)?$/.test(value(name)));
  if (malformed.length > 0) return { malformed };
  const labels = names.filter((name) => value(name).startsWith("1"));
  return {
    id: `${id}/abnormality`,
    case: id,
    task: "open-vqa",
    type: "abnormality",
    question: `Which of these are seen: ${names.join(", ")}?`,
    target: labels.length === 0 ? "none" : labels.join(", "),
    labels,
    split,
    place: one.place,
  };
}
