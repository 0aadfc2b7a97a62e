import { experimentOptions } from "../../../../../ts/schema/options/index.ts";
import type { NumberRow, Row, Rows } from "../../../../../ts/schema/options/row.ts";
import { groupSchema } from "../../../../../ts/schema/options/zod.ts";
import { compileErrors, importing } from "../../../../support/compiler.ts";

/** Every number of the table that has a bound, once. */
function numberRows(row: Row, found: Map<string, NumberRow>): Map<string, NumberRow> {
  if (row.kind === "whole" || row.kind === "number")
    found.set(JSON.stringify([row.kind, row.min, row.above, row.max, row.below]), row);
  else if (row.kind === "group") for (const one of Object.values(row.options)) numberRows(one, found);
  else if (row.kind === "one-of" || row.kind === "either") for (const one of row.of) numberRows(one, found);
  else if (row.kind === "list" || row.kind === "triple" || row.kind === "map") numberRows(row.of, found);
  return found;
}

const table: Rows = experimentOptions;
const rows = [...numberRows({ kind: "group", says: "", options: table }, new Map()).values()];
/** Literals around a bound, and shapes that a literal's text can have. */
const around = (bound: number): readonly string[] => [
  String(bound - 1),
  String(bound),
  String(bound + 1),
  `${bound}.5`,
  ...(bound > 0 ? [`${bound - 1}.999`] : []),
];
const shapes = ["0", "-0.5", "-1", "1e-7", "0.000001", "1.5", "12", "99", "100", "1e3", "1e21", "-1e-9"];

function literalsFor({ min, above, max, below }: NumberRow): readonly string[] {
  const bounds = [min, above, max, below].filter((bound) => bound !== undefined);
  return [...new Set([...bounds.flatMap(around), ...shapes])];
}

describe("the ranges that the compiler holds literals against", () => {
  const cases = rows.flatMap((row) => literalsFor(row).map((literal) => ({ row, literal })));
  const bounds = ({ kind, min, above, max, below }: NumberRow): string =>
    JSON.stringify({ kind, min, above, max, below });
  const body = cases.map(({ row, literal }) => `held<${bounds(row)}>()({ option: ${literal} });`);
  const text = importing(
    ["type InRange"],
    "ts/config/build/ranges.ts",
    `declare function held<R>(): <const O>(options: O & InRange<O, { option: R }>) => void;\n${body.join("\n")}`,
  );
  const firstLine = 3;

  it("cover every kind of range in the table", () => {
    expect(rows.length).toBeGreaterThan(8);
    expect(cases.length).toBeGreaterThan(100);
  });

  it("accept and refuse what the schema does, in the same words", () => {
    const errors = new Map(compileErrors(text).map(({ line, lines }) => [line, lines.join("\n")]));
    const disagreements = cases.flatMap(({ row, literal }, at) => {
      const { notAbove: _notAbove, ...alone } = row;
      const parsed = groupSchema({ option: alone }).safeParse({ option: Number(literal) });
      const compiled = errors.get(firstLine + at);
      const words = parsed.error?.issues[0]?.message.replace("must be ", "") ?? "";
      const agree = parsed.success
        ? compiled === undefined
        : compiled?.includes(`option is ${words}`) === true;
      return agree
        ? []
        : [`${literal} of ${bounds(row)}: ${words || "accepted"}, but ${compiled ?? "compiles"}`];
    });
    expect(disagreements).toEqual([]);
  });
});
