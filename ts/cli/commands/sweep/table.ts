import type { SweepDocument } from "../../../run/index.ts";
import { plainText } from "../../terminal.ts";
import { textTable } from "../../text-table.ts";

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The trials of a sweep for people, the best one marked, in order of number. */
export function sweepTable({ sweepId, dir, objective, best, trials }: SweepDocument): string {
  const paths = [...new Set(trials.flatMap(({ assignment }) => Object.keys(assignment)))];
  const table = textTable(
    [
      { title: "TRIAL", align: "right" },
      { title: "STATE" },
      { title: "VALUE", align: "right" },
      { title: "STEPS", align: "right" },
      ...paths.map((title) => ({ title })),
      { title: "NOTE" },
    ],
    trials.map(({ number, state, value, steps, assignment, reason }) => [
      String(number),
      state,
      value === null ? "" : value.toPrecision(4),
      String(steps),
      ...paths.map((path) => (path in assignment ? plainText(text(assignment[path])) : "")),
      number === best ? "best" : (plainText(reason ?? "").split("\n")[0] ?? ""),
    ]),
  );
  const sought = `${objective.metric} on validation, ${objective.direction === "max" ? "higher" : "lower"} is better`;
  return `${trials.length === 0 ? "no trial has begun" : table}\n\n${sought}\n${sweepId} ${dir}`;
}
