import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFooter } from "../../../../../../../ts/data/sources/rows/parquet/footer.ts";
import { parquetRows } from "../../../../../../../ts/data/sources/rows/parquet/rows.ts";
import { caught } from "../../../../../../support/caught.ts";
import { parquetCampaign } from "../../../../../../support/parquet/campaign.ts";
import {
  crafted,
  intColumn,
  page,
  plainTexts,
  run,
  textColumn,
} from "../../../../../../support/parquet/craft.ts";
import { readTable, tablesByPyarrow } from "../../../../../../support/parquet/tables.ts";
import { told } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const byPyarrow = join(root, "pyarrow");
mkdirSync(byPyarrow);
const { names, expected } = tablesByPyarrow(byPyarrow, 120);
let files = 0;

async function read(bytes: Uint8Array) {
  const path = join(root, `${files++}.parquet`);
  writeFileSync(path, bytes);
  return await readTable(path);
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("tables that pyarrow wrote", () => {
  it("are in every compression, page version and encoding", () => {
    expect(names).toHaveLength(16);
  });

  it.each(names.filter((name) => name !== "int96.parquet"))(
    "are read as pyarrow reads them: %s",
    async (name) => {
      const { rows, problems } = await readTable(join(byPyarrow, name));
      expect(problems).toEqual([]);
      expect([...rows.keys()]).toEqual(expected.map((_, index) => index + 1));
      expect(asJson([...rows.values()])).toEqual(expected);
    },
  );

  it("with the oldest timestamps have these in nanoseconds", async () => {
    const { rows } = await readTable(join(byPyarrow, "int96.parquet"));
    const digits = (value: unknown): unknown =>
      typeof value === "string" && value.includes(".") ? `${value}000` : value;
    expect([...rows.values()]).toEqual(expected.map(({ us }) => ({ us: digits(us) })));
  });
});

describe("a table of which a part is damaged", () => {
  it("tells of the row group, its rows and the column, and gives the other rows", async () => {
    const path = join(byPyarrow, "zstd-1.0.parquet");
    const bytes = readFileSync(path);
    const { groups } = await readFooter(path, bytes.length);
    const { from, bytes: length } = groups[1]?.chunks[4] ?? { from: 0, bytes: 0 };
    bytes[from + length - 1] = (bytes[from + length - 1] ?? 0) ^ 0xff;
    const { rows, problems } = await read(bytes);
    expect(told(problems)).toHaveLength(1);
    expect(told(problems)[0]).toMatch(
      /^t\.parquet:42 row group 2 \(rows 42\.\.82\) cannot be read: column "[\w.]+": page \d+ has another checksum/,
    );
    expect(rows.size).toBe(79);
    expect(asJson([...rows])).toEqual(
      expected.flatMap((row, at) => (at < 41 || at >= 82 ? [[at + 1, row]] : [])),
    );
  });

  it("gives no row where its footer is", async () => {
    const whole = readFileSync(join(byPyarrow, "snappy-1.0.parquet"));
    const { rows, problems } = await read(whole.subarray(0, whole.length - 100));
    expect(rows.size).toBe(0);
    expect(told(problems)).toEqual([
      "t.parquet:1 the table does not end as a Parquet file does: it was cut off",
    ]);
    expect(problems[0]).toMatchObject({
      code: "DATA_MANIFEST",
      hint: expect.stringContaining("Copy or download"),
    });
  });

  it("says that it is encrypted", async () => {
    const { problems } = await read(
      Buffer.concat([Buffer.from("PARE"), Buffer.alloc(20), Buffer.from("PARE")]),
    );
    expect(problems[0]).toMatchObject({ code: "DATA_UNSUPPORTED", message: "the table is encrypted" });
  });

  it("tells of a value in its row alone, and goes on", async () => {
    const latin = Buffer.from([5, 0, 0, 0, 0x62, 0xe9, 0x62, 0xe9, 0x21]);
    const body = Buffer.concat([plainTexts(["yes"]), latin, plainTexts(["no"])]);
    const column = { name: "answer", type: 6, converted: 0, pages: [page(body, { values: 3 })], entries: 3 };
    const { rows, problems } = await read(crafted([column, intColumn("n", [1, 2, 3])], 3));
    expect(told(problems)).toEqual(['t.parquet:2 column "answer" holds text that is not UTF-8']);
    expect([...rows]).toEqual([
      [1, { answer: "yes", n: 1 }],
      [3, { answer: "no", n: 3 }],
    ]);
  });

  it("whose columns have other rows than the footer says is damaged", async () => {
    const { problems } = await read(crafted([textColumn("a", ["x", "y"])], 3));
    expect(told(problems)).toEqual([
      't.parquet:1 row group 1 (rows 1..3) cannot be read: column "a" has 2 rows, the row group 3',
    ]);
  });
});

describe("a table that would take more memory than it may", () => {
  it("is refused for what its footer says, before anything is unpacked", async () => {
    const column = { ...textColumn("a", ["x"]), facts: [[6, 2 ** 31] as const] };
    const { problems } = await read(crafted([column], 1));
    expect(problems[0]).toMatchObject({ code: "DATA_UNSUPPORTED" });
    expect(problems[0]?.message).toMatch(
      /it takes 21474836\d\d bytes to read, more than 1073741824: write smaller/,
    );
  });

  it("is refused for values in one run of a thousand million, which take a few bytes", async () => {
    const count = 1_000_000_000;
    const dictionary = page(plainTexts(["yes"]), { type: 2, values: 1 });
    const runs = page(Buffer.concat([Uint8Array.of(1), run(count, 0, 1)]), { values: count, encoding: 8 });
    const column = { name: "a", type: 6, converted: 0, pages: [dictionary, runs], entries: count };
    const { problems } = await read(crafted([column], count));
    expect(problems[0]?.message).toContain("it takes 80000000");
  });
});

describe("a table on a disk", () => {
  it("is missing by its path", async () => {
    expect(await caught(() => readTable(join(root, "none.parquet")))).toMatchObject({
      code: "PATH_NOT_FOUND",
    });
  });

  it("is left where a signal says so, between two row groups", async () => {
    const stop = new AbortController();
    const path = join(byPyarrow, "none-1.0.parquet");
    let rows = 0;
    const walk = async (): Promise<void> => {
      for await (const _ of parquetRows({ path, table: "t", signal: stop.signal }))
        if (++rows === 3) stop.abort();
    };
    expect((await caught(walk)).code).toBe("CANCELLED");
    expect(rows).toBe(41);
  });
});

describe("two hundred damaged tables", () => {
  it("give the rows that were written, or say what is wrong, and take no memory to speak of", async () => {
    const folder = join(root, "campaign");
    mkdirSync(folder);
    const { faults, whole, part, none, memoryGrowth } = await parquetCampaign(folder, 0, 200);
    expect(faults).toEqual([]);
    expect(whole + part + none).toBe(200);
    expect(part + none).toBeGreaterThan(60);
    expect(memoryGrowth).toBeLessThan(256 * 2 ** 20);
    expect(existsSync(join(folder, "damaged"))).toBe(true);
  });
});
