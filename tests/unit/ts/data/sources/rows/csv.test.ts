import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { separatedRows, splitFields } from "../../../../../../ts/data/sources/rows/csv.ts";
import { rowsAsRead } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const path = join(folder, "t.csv");

async function read(content: string | Buffer, delimiter: "," | "\t" = ",", needed: readonly string[] = []) {
  writeFileSync(path, content);
  return await rowsAsRead(separatedRows({ path, table: "t.csv" }, delimiter, needed));
}

/** A field as RFC 4180 writes it. */
const written = (field: string): string =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

describe("a table of separated values", () => {
  it("gives back every field that was written by the rules of RFC 4180", async () => {
    const field = fc.string({
      unit: fc.constantFrom("a", "ä", "肺", " ", ",", '"', "\n", "\r\n", "|"),
      maxLength: 8,
    });
    const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom("\n", "\r\n"), async (rows, end) => {
        const text = [["a", "b"], ...rows].map((row) => row.map(written).join(",") + end).join("");
        const back = (await read(text)).map((row) => {
          const { a, b } = row as Record<string, string>;
          return [a, b];
        });
        // A row of two empty fields is written as one comma and so is no empty line.
        expect(back).toEqual(rows.map((row) => [...row]));
      }),
      { seed: 16, numRuns: 60 },
    );
  });

  it("counts rows as a spreadsheet does, over quoted line ends and empty lines, with a mark and without a last line end", async () => {
    const rows = await read('\uFEFFcase,report\nc1,"two\nlines ""quoted"""\n\nc2,x');
    expect(rows).toEqual([
      { case: "c1", report: 'two\nlines "quoted"', row: 2 },
      { case: "c2", report: "x", row: 4 },
    ]);
  });

  it("takes a quote inside a bare field for a letter, and tabs for delimiters of a .tsv", async () => {
    expect(await read('case\treport\nc1\ta 5" nodule, "large"', "\t")).toEqual([
      { case: "c1", report: 'a 5" nodule, "large"', row: 2 },
    ]);
  });

  it("tells rows that do not fit and reads the others", async () => {
    const latin = Buffer.concat([
      Buffer.from("a,b\n1,2\n"),
      Buffer.from("Gr\xf6\xdfe,x\n", "latin1"),
      Buffer.from('3\n"4"5,6\n7,8\n'),
    ]);
    expect(await read(latin)).toEqual([
      { a: "1", b: "2", row: 2 },
      "3: the row is not UTF-8",
      "4: the row has 1 fields, the header 2",
      "5: field 1 goes on behind its closing quote",
      { a: "7", b: "8", row: 6 },
    ]);
  });

  it("tells a quote that is never closed by the row it opens in", async () => {
    expect(await read('a,b\n1,2\n3,"four\n5,6\n')).toEqual([
      { a: "1", b: "2", row: 2 },
      "3: a quoted field that begins in this row is never closed",
    ]);
  });

  it.each([
    ["misses a column", "case,reprot\n1,2", '1: the header has no column "report", did you mean "reprot"?'],
    [
      "is separated otherwise",
      "case;report\n1;2",
      '1: the header is one field, "case;report": it is not separated by commas',
    ],
    ["names a column twice", "case,case,report\n", '1: the header names column "case" twice'],
    ["is empty", "", "1: the table is empty"],
  ])("is refused once where its header %s", async (_what, content, problem) => {
    expect(await read(content, ",", ["case", "report"])).toEqual([problem]);
  });

  it("reads a row that runs over what is read at once", async () => {
    const long = "x".repeat((1 << 20) + 7);
    expect(await read(`a,b\n"${long}\n",ü\n1,2\n`)).toEqual([
      { a: `${long}\n`, b: "ü", row: 2 },
      { a: "1", b: "2", row: 3 },
    ]);
  });
});

describe("splitFields", () => {
  it("keeps an empty last field", () => {
    expect(splitFields("a,,", ",")).toEqual(["a", "", ""]);
    expect(splitFields('"",""', ",")).toEqual(["", ""]);
  });
});
