import { readPart } from "../../../../files/index.ts";
import { damaged, notRead } from "./damage.ts";
import { schemaOf, type TableSchema } from "./schema.ts";
import {
  listIn,
  structIn,
  structsIn,
  ThriftReader,
  type ThriftStruct,
  textIn,
  whole,
  wholeOr,
} from "./thrift.ts";

/** Bytes that a footer may have: one of 10,000 row groups of 50 columns has some 50 million. */
const maxFooterBytes = 1 << 27;
const magicBytes = 4,
  tailBytes = 8;

/** The values of one leaf in a row group: where its pages lie, and what they are said to hold. */
export interface Chunk {
  readonly codec: number;
  /** Entries: values, nulls and empty lists. */
  readonly entries: number;
  readonly from: number;
  readonly bytes: number;
  /** Bytes of its pages once they are unpacked, with their headers. */
  readonly unpackedBytes: number;
}

/** Rows that are stored together, one chunk a leaf. */
export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

export interface ParquetFooter {
  readonly schema: TableSchema;
  readonly groups: readonly RowGroup[];
}

/**
 * Reads what a Parquet file says of itself at its end.
 *
 * @param path - absolute.
 * @param sizeBytes - of the file.
 * @throws TomoeError `DATA_MANIFEST` for a file that is cut, damaged or none; `DATA_UNSUPPORTED` for an encrypted one;
 * those of the disk.
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
export async function readFooter(path: string, sizeBytes: number): Promise<ParquetFooter> {
  if (sizeBytes < magicBytes + tailBytes)
    throw damaged(`the table is of ${sizeBytes} bytes: it is no Parquet file, or was cut off`);
  const head = await readPart(path, 0, magicBytes);
  const tail = await readPart(path, sizeBytes - tailBytes, tailBytes);
  const [begin, end] = [head.toString("latin1"), tail.toString("latin1", magicBytes)];
  if (begin === "PARE" || end === "PARE") throw notRead("the table is encrypted");
  if (begin !== "PAR1")
    throw damaged("the table does not begin as a Parquet file does: it is none, or is damaged");
  if (end !== "PAR1") throw damaged("the table does not end as a Parquet file does: it was cut off");
  const length = tail.readUInt32LE(0);
  if (length > sizeBytes - magicBytes - tailBytes || length > maxFooterBytes)
    throw damaged(`the footer is said to be of ${length} bytes, in a table of ${sizeBytes}`);
  const from = sizeBytes - tailBytes - length;
  const footer = new ThriftReader(await readPart(path, from, length)).struct();
  if (footer.fields.has(8)) throw notRead("the table is encrypted");
  const schema = schemaOf(footer);
  const groups = structsIn(footer, 4, "the list of row groups").map((group, index) =>
    groupOf(group, schema, from, `row group ${index + 1}`),
  );
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const said = whole(footer, 3, "the number of rows");
  if (rows !== said) throw damaged(`the footer tells of ${said} rows, its row groups of ${rows}`);
  return { schema, groups };
}

function groupOf(group: ThriftStruct, schema: TableSchema, end: number, what: string): RowGroup {
  const columns = structsIn(group, 1, `the columns of ${what}`);
  if (columns.length !== schema.leaves.length)
    throw damaged(`${what} has ${columns.length} columns, the table ${schema.leaves.length}`);
  const chunks = columns.map((column, index) => {
    const leaf = schema.leaves[index];
    const name = `column "${leaf?.path ?? ""}" of ${what}`;
    if (column.fields.has(8)) throw notRead(`${name} is encrypted`);
    if (column.fields.has(1)) throw notRead(`${name} lies in another file`);
    const facts = structIn(column.fields.get(3), `what ${name} holds`);
    const path = listIn(facts, 3, `the path of ${name}`).map((part) => textIn(part, `the path of ${name}`));
    if (path.join(".") !== leaf?.path) throw damaged(`${name} is said to be column "${path.join(".")}"`);
    return chunkOf(facts, end, name);
  });
  return { rows: whole(group, 3, `the number of rows of ${what}`), chunks };
}

function chunkOf(facts: ThriftStruct, end: number, what: string): Chunk {
  const data = whole(facts, 9, `the offset of ${what}`);
  const dictionary = wholeOr(facts, 11, `the offset of the dictionary of ${what}`) ?? 0;
  // Some writers state 0 for a dictionary that is not there, none has one behind its data.
  const from = dictionary >= magicBytes && dictionary < data ? dictionary : data;
  const bytes = whole(facts, 7, `the size of ${what}`);
  if (from < magicBytes || bytes > end - from)
    throw damaged(`${what} is said to lie at byte ${from} with ${bytes} bytes, behind the data of the table`);
  return {
    codec: whole(facts, 4, `the compression of ${what}`),
    entries: whole(facts, 5, `the number of values of ${what}`),
    from,
    bytes,
    unpackedBytes: whole(facts, 6, `the unpacked size of ${what}`),
  };
}
