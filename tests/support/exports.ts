// A small scorecard with its rows and items, as an export takes it.

import { atOnce, checkRows, type Exported, scoreItems, scoreRows } from "../../ts/eval/index.ts";

const choices = ["liver", "spleen", "NA"];

/** Rows of two tasks, one id in both, several types on one, and texts that break lines and formats. */
export const answered: readonly object[] = [
  ...["A. liver", "B", "C", "hm, A or B"].map((prediction, at) => ({
    id: `q${at}`,
    case: `c${at >> 1}`,
    subject: `P${at >> 1}`,
    task: "closed-vqa",
    type: at % 2 === 0 ? "organ" : "side",
    choices,
    question: `Which organ, "${at}"?\u2028`,
    target: at % 2 === 0 ? "A" : "B. spleen",
    prediction,
    answerMode: "generate",
  })),
  ...["The liver is normal.", "", "肝臓 \u0085 cyst"].map((prediction, at) => ({
    id: at === 2 ? "a/b c" : `q${at}`,
    case: `c${at >> 1}`,
    subject: `P${at >> 1}`,
    task: "report",
    type: at === 0 ? ["a", "b"] : "a",
    target: "The liver is normal. No cyst.",
    prediction,
    ...(at === 0 ? { truncated: true } : {}),
    meta: { at },
  })),
];

/** What an export of those rows is made of. */
export function exportOf(values: readonly object[] = answered): Exported {
  const rows = checkRows(values, (at) => `row ${at + 1}`).map((row, at) => ({
    ...row,
    question: (values[at] as { readonly question?: string }).question,
  }));
  const { entries } = atOnce(scoreRows(rows, { profile: "strict" }));
  return {
    name: "mix",
    model: "my-lab/ct/7b",
    at: new Date("2026-11-30T02:00:00.500Z"),
    version: "0.1.0",
    digest: "d".repeat(64),
    entries,
    rows,
    items: atOnce(scoreItems(rows, { profile: "strict" })),
  };
}
