import type { EvalDocument } from "../../run/index.ts";
import { textTable } from "../text-table.ts";

const number = (value: number): string => value.toFixed(3);
/** With its sign, and no minus before what is shown as 0. */
const signed = (value: number): string => {
  const text = number(value);
  return text.startsWith("-") && Number(text) !== 0 ? text : `+${text.replace("-", "")}`;
};

/** The verdict in words of system and adversary. */
const verdicts: Readonly<Record<string, string>> = {
  "second is higher": "system is higher",
  "second is lower": "system is lower",
};

/** Gaps to adversaries as a table for people: those that a verdict is given of; no gap without its interval. */
export function gapTable(gaps: EvalDocument["adversaries"]): string {
  return textTable(
    [
      { title: "TASK" },
      { title: "METRIC" },
      { title: "ADVERSARY" },
      { title: "ITS VALUE", align: "right" },
      { title: "SYSTEM", align: "right" },
      { title: "GAP", align: "right" },
      { title: "95% CI" },
      { title: "P (HOLM)", align: "right" },
      { title: "VERDICT" },
    ],
    gaps
      .filter(({ primary }) => primary)
      .map(({ task, metric, adversary, first, second, difference, ciLow, ciHigh, pHolm, verdict }) => [
        task,
        metric,
        adversary,
        number(first),
        number(second),
        signed(difference),
        `[${signed(ciLow)}, ${signed(ciHigh)}]`,
        pHolm === null ? "-" : pHolm.toPrecision(2),
        verdicts[verdict] ?? verdict,
      ]),
  );
}
