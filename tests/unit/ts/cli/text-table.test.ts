import fc from "fast-check";
import { bytesText, textTable } from "../../../../ts/cli/text-table.ts";

describe("a table of text", () => {
  it("stands in columns as wide as their widest cell, numbers to the right, without trailing blanks", () => {
    expect(
      textTable(
        [{ title: "METRIC" }, { title: "N", align: "right" }],
        [
          ["accuracy.macro", "7"],
          ["bleu", "1024"],
        ],
      ),
    ).toBe("METRIC             N\naccuracy.macro     7\nbleu            1024");
  });

  it("takes a cell that is missing for an empty one, and no rows at all for the titles alone", () => {
    expect(textTable([{ title: "A" }, { title: "B" }], [["x"]])).toBe("A  B\nx");
    expect(textTable([{ title: "A" }], [])).toBe("A");
  });

  it("keeps every cell whole, one line a row, whatever the cells are", () => {
    const cell = fc.string({ unit: "grapheme-ascii", minLength: 1 }).filter((text) => text.trim() === text);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), (rows) => {
        const lines = textTable([{ title: "left" }, { title: "right", align: "right" }], rows).split("\n");
        expect(lines).toHaveLength(rows.length + 1);
        rows.forEach(([first, second], index) => {
          expect(lines[index + 1]?.startsWith(first)).toBe(true);
          expect(lines[index + 1]?.endsWith(second)).toBe(true);
        });
      }),
      { seed: 20261128 },
    );
  });
});

describe("a number of bytes", () => {
  it("is told in the largest unit that it fills", () => {
    expect([0, 1, 1023, 1024, 1536, 5 * 2 ** 20, 3 * 2 ** 40, 2 ** 54].map(bytesText)).toEqual([
      "0 B",
      "1 B",
      "1023 B",
      "1.0 KiB",
      "1.5 KiB",
      "5.0 MiB",
      "3.0 TiB",
      "16384.0 TiB",
    ]);
  });
});
