import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFooter } from "../../../../../../../ts/data/sources/rows/parquet/footer.ts";
import { caught } from "../../../../../../support/caught.ts";
import {
  closed,
  crafted,
  intColumn,
  struct,
  structBytes,
  textColumn,
} from "../../../../../../support/parquet/craft.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let files = 0;

async function footer(bytes: Uint8Array) {
  const path = join(root, `${files++}.parquet`);
  writeFileSync(path, bytes);
  return await readFooter(path, bytes.length);
}

const columns = [textColumn("id", ["a", "b"]), intColumn("n", [1, 2])];
const whole = crafted(columns, 2);

describe("the footer of a table", () => {
  it("tells of columns, row groups and where their pages lie", async () => {
    const { schema, groups } = await footer(whole);
    expect(schema.leaves.map(({ path }) => path)).toEqual(["id", "n"]);
    expect(groups).toHaveLength(1);
    const [first, second] = groups[0]?.chunks ?? [];
    expect(first).toMatchObject({ codec: 0, entries: 2, from: 4 });
    expect(second?.from).toBe(4 + (first?.bytes ?? 0));
  });

  it("begins a chunk at its dictionary, where it has one before its data", async () => {
    const at = async (dictionary: number) =>
      (
        await footer(
          crafted(
            [
              {
                ...textColumn("id", ["a"]),
                facts: [
                  [9, 10],
                  [7, 12],
                  [11, dictionary],
                ],
              },
            ],
            1,
          ),
        )
      ).groups[0]?.chunks[0]?.from;
    expect([await at(6), await at(0), await at(30)]).toEqual([6, 10, 10]);
  });

  it("is not there in a file that was cut, wherever that was", async () => {
    for (let length = 0; length < whole.length; length++) {
      const error = await caught(() => footer(whole.subarray(0, length)));
      expect(error).toMatchObject({ code: "DATA_MANIFEST" });
      expect(error.message).toMatch(/is no Parquet file, or was cut off|it was cut off/);
    }
  });

  it.each<[string, Uint8Array, string, string]>([
    [
      "a CSV",
      Buffer.from("id,report\n1,clear lungs\n"),
      "DATA_MANIFEST",
      "does not begin as a Parquet file does",
    ],
    [
      "an encrypted table",
      closed(Buffer.from("PARE"), structBytes(struct([1, 2])), "PARE"),
      "DATA_UNSUPPORTED",
      "the table is encrypted",
    ],
    [
      "a footer in the clear of an encrypted one",
      crafted(columns, 2, [[8, struct([1, struct()])]]),
      "DATA_UNSUPPORTED",
      "the table is encrypted",
    ],
    [
      "a footer longer than the file",
      Buffer.concat([whole.subarray(0, -8), Buffer.from([255, 255, 255, 127]), whole.subarray(-4)]),
      "DATA_MANIFEST",
      "is said to be of 2147483647 bytes",
    ],
    [
      "a footer of none",
      closed(Buffer.from("PAR1"), Buffer.alloc(0)),
      "DATA_MANIFEST",
      "a header ends before it is whole",
    ],
    [
      "a footer of zeroes",
      closed(Buffer.from("PAR1"), Buffer.alloc(40)),
      "DATA_MANIFEST",
      "the list of columns is not there",
    ],
    [
      "other rows than its groups",
      crafted(columns, 2, [[3, 7]]),
      "DATA_MANIFEST",
      "tells of 7 rows, its row groups of 2",
    ],
    ["no row groups", crafted(columns, 2, [[4, 3]]), "DATA_MANIFEST", "the list of row groups is not there"],
    [
      "a group without a column",
      crafted(columns, 2, [[4, [struct([1, []], [3, 2])]]]),
      "DATA_MANIFEST",
      "row group 1 has 0 columns, the table 2",
    ],
    [
      "a column of another name",
      crafted([{ ...textColumn("id", ["a"]), facts: [[3, ["ID"]]] }], 1),
      "DATA_MANIFEST",
      'column "id" of row group 1 is said to be column "ID"',
    ],
    [
      "a column in another file",
      crafted([{ ...textColumn("id", ["a"]), chunk: [[1, "other.parquet"]] }], 1),
      "DATA_UNSUPPORTED",
      'column "id" of row group 1 lies in another file',
    ],
    [
      "an encrypted column",
      crafted([{ ...textColumn("id", ["a"]), chunk: [[8, struct()]] }], 1),
      "DATA_UNSUPPORTED",
      'column "id" of row group 1 is encrypted',
    ],
    [
      "a column that nothing is said of",
      crafted([{ ...textColumn("id", ["a"]), chunk: [[3, 1]] }], 1),
      "DATA_MANIFEST",
      'what column "id" of row group 1 holds is not there',
    ],
    [
      "pages behind the data",
      crafted([{ ...textColumn("id", ["a"]), facts: [[7, 4000]] }], 1),
      "DATA_MANIFEST",
      "with 4000 bytes, behind the data of the table",
    ],
    [
      "pages before the file's mark",
      crafted([{ ...textColumn("id", ["a"]), facts: [[9, 0]] }], 1),
      "DATA_MANIFEST",
      "at byte 0",
    ],
    [
      "a negative size",
      crafted([{ ...textColumn("id", ["a"]), facts: [[7, -1]] }], 1),
      "DATA_MANIFEST",
      'the size of column "id" of row group 1 is -1',
    ],
    [
      "a number of values that no number holds",
      crafted([{ ...textColumn("id", ["a"]), facts: [[5, 2 ** 60]] }], 1),
      "DATA_MANIFEST",
      "the number of values of",
    ],
  ])("is refused: %s", async (_, bytes, code, message) => {
    const error = await caught(() => footer(bytes));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).not.toBe("");
  });

  it("is missing with the file", async () => {
    expect((await caught(() => readFooter(join(root, "none.parquet"), 100))).code).toBe("PATH_NOT_FOUND");
  });
});
