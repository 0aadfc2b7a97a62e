import { experimentOptions } from "../../../../../ts/schema/options/index.ts";
import type { Row, Rows } from "../../../../../ts/schema/options/row.ts";
import { groupSchema } from "../../../../../ts/schema/options/zod.ts";

interface Found {
  readonly path: string;
  readonly row: Row;
}

function rowsIn(options: Rows, prefix = ""): readonly Found[] {
  return Object.entries(options).flatMap(([name, row]) => below(row, `${prefix}${name}`));
}

function below(row: Row, path: string): readonly Found[] {
  const own = [{ path, row }];
  if (row.kind === "group") return [...own, ...rowsIn(row.options, `${path}.`)];
  if (row.kind === "one-of" || row.kind === "either")
    return [...own, ...row.of.flatMap((one, at) => below(one, `${path}<${at}>`))];
  if (row.kind === "list" || row.kind === "triple" || row.kind === "map")
    return [...own, ...below(row.of, `${path}[]`)];
  return own;
}

const found = rowsIn(experimentOptions);

describe("the table of options", () => {
  it("says one sentence of every option", () => {
    const silent = found.filter(({ row }) => !/^["`A-Z0-9].*\.$/.test(row.says));
    expect(silent.map(({ path, row }) => `${path}: ${row.says}`)).toEqual([]);
    expect(found.length).toBeGreaterThan(90);
  });

  it("has defaults that its own ranges take", () => {
    const broken = found.flatMap(({ path, row }) => {
      if (row.default === undefined) return [];
      const { default: value, ...bare } = row;
      return groupSchema({ option: bare as Row }).safeParse({ option: value }).success ? [] : [path];
    });
    expect(broken).toEqual([]);
  });

  it("bounds by whole numbers, which the compiler can compare, and not by two on one side", () => {
    const odd = found.filter(({ row }) => {
      if (row.kind !== "whole" && row.kind !== "number") return false;
      const { min, above, max, below: under } = row;
      const bounds = [min, above, max, under].filter((bound) => bound !== undefined);
      return (
        !bounds.every((bound) => Number.isSafeInteger(bound) && bound >= 0) ||
        (min !== undefined && above !== undefined) ||
        (max !== undefined && under !== undefined)
      );
    });
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  it("bounds every whole number that it has from above: those that travel by what the wire holds", () => {
    const open = found.filter(({ row }) => row.kind === "whole" && row.max === undefined);
    expect(open.map(({ path }) => path)).toEqual([]);
  });

  it("names for an option that follows or may not exceed another one of its own group", () => {
    const groups = [
      experimentOptions as Rows,
      ...found.flatMap(({ row }) => (row.kind === "group" ? [row.options] : [])),
    ];
    const lost = groups.flatMap((options) =>
      Object.entries(options).flatMap(([name, row]) => {
        const other = row.follows?.option ?? ("notAbove" in row ? row.notAbove : undefined);
        return other === undefined || Object.hasOwn(options, other) ? [] : [`${name} -> ${other}`];
      }),
    );
    expect(lost).toEqual([]);
  });

  it("sends no two options to one place", () => {
    const places = new Set<string>();
    for (const { path, row } of found) {
      if (row.travels === undefined || path.includes("pretrain")) continue;
      expect(places.has(row.travels) ? `${path} -> ${row.travels}` : "").toBe("");
      places.add(row.travels);
    }
    expect(places.size).toBeGreaterThan(30);
  });
});
