// A data set that is nowhere: its rows are made while somebody walks over them, so that what a walk takes is its own.
import type { Found, OpenedSource, SourceCase, SourceItem } from "../../../ts/data/sources/source.ts";
import { layoutRow } from "../../../ts/schema/tables/layouts.ts";

/**
 * A data set of so many cases, two of each patient, every tenth patient in the test split.
 *
 * @param itemsPerCase - questions of each; they come question by question, not case by case, as tables have them.
 */
export function generatedSource(cases: number, itemsPerCase: number): OpenedSource {
  const schema = { ...layoutRow("table"), filters: {}, repeatsCases: false };
  return {
    layout: "table",
    schema,
    folder: "/generated",
    tables: ["cases", "items"],
    cases: () => rows(cases, caseAt),
    items: () => rows(cases * itemsPerCase, (at) => itemAt(at, cases)),
  };
}

async function* rows<T>(count: number, at: (index: number) => T): AsyncGenerator<Found<T>> {
  for (let index = 0; index < count; index++) yield { kind: "row", row: at(index) };
}

function caseAt(at: number): SourceCase {
  return {
    id: `case-${at}`,
    patient: `patient-${at >> 1}`,
    paths: [`/generated/scans/${at}.nii.gz`],
    split: (at >> 1) % 10 === 0 ? "test" : "train",
    place: { table: "cases", row: at + 1 },
  };
}

function itemAt(at: number, cases: number): SourceItem {
  return {
    id: `question-${at}`,
    case: `case-${at % cases}`,
    task: "closed-vqa",
    type: "size",
    question: `Is there a nodule larger than ${at % 97} mm in the ${at % 2 === 0 ? "left" : "right"} lung?`,
    choices: ["yes", "no", "not seen", "NA"],
    target: at % 3 === 0 ? "yes" : "no",
    place: { table: "items", row: at + 1 },
  };
}
