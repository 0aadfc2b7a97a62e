import { droppedRow, row, rowsAs, textOf, wrong } from "../../../../../../ts/data/sources/layouts/walks.ts";
import type { FoundRow } from "../../../../../../ts/data/sources/rows/table-row.ts";
import type { Found } from "../../../../../../ts/data/sources/source.ts";

const place = { table: "t", row: 3 };

async function* table(...found: readonly FoundRow[]): AsyncGenerator<FoundRow> {
  for (const one of found) yield await Promise.resolve(one);
}

const broken: FoundRow = {
  kind: "problem",
  problem: { code: "DATA_MANIFEST", message: "broken", hint: "Mend it.", place },
};
const good = (name: string): FoundRow => ({ kind: "row", row: { place, values: { name } } });

async function kinds(walk: AsyncIterable<Found<string>>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const one of walk) found.push(one.kind === "row" ? one.row : one.kind);
  return found;
}

describe("a walk over tables", () => {
  it("hands on what each row becomes, table after table, and tells what cannot be read once", async () => {
    const tables = () => [table(good("a"), broken), table(good("b"))];
    const use = (one: { readonly values: Readonly<Record<string, unknown>> }) => [
      row(String(one.values.name)),
      row(`${String(one.values.name)}2`),
    ];
    expect(await kinds(rowsAs(tables(), use))).toEqual(["a", "a2", "problem", "b", "b2"]);
    expect(await kinds(rowsAs(tables(), use, false))).toEqual(["a", "a2", "b", "b2"]);
  });

  it("takes rows that have to be waited for", async () => {
    const later = async function* (): AsyncGenerator<Found<string>> {
      yield row(await Promise.resolve("late"));
    };
    expect(await kinds(rowsAs([table(good("a"))], later))).toEqual(["late"]);
  });
});

describe("what a row becomes", () => {
  it("is text, where it is text that is not blank", () => {
    const one = { place, values: { a: " x ", b: "  ", c: 3, d: null } };
    expect(["a", "b", "c", "d", "e"].map((column) => textOf(one, column))).toEqual([
      " x ",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is a problem with its place and names, or dropped by a filter", () => {
    expect(wrong(place, "wrong", "Mend it.", { case: "c", item: "i" })).toEqual({
      kind: "problem",
      problem: { code: "DATA_MANIFEST", message: "wrong", hint: "Mend it.", place, case: "c", item: "i" },
    });
    const dropped = { what: "item", id: "i", task: null, filter: "f", split: null, place } as const;
    expect(droppedRow(dropped)).toEqual({ kind: "dropped", dropped });
  });
});
