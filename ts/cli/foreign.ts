import { resolve } from "node:path";
import { separatedRows } from "../data/sources/index.ts";
import { type Fields, fieldsOfCells, type ReaderOptions, type ReadRows, RowReader } from "../eval/index.ts";
import { zipEntries } from "../files/index.ts";

/** Bytes that one sample of an archive may have: a transcript with what was called and answered. */
const sampleBytesAtMost = 64 * 2 ** 20;

const kinds = [
  { ends: /\.csv$/i, read: async (at: Read) => await readTable(at, ",") },
  { ends: /\.tsv$/i, read: async (at: Read) => await readTable(at, "\t") },
  { ends: /\.eval$/i, read: async (at: Read) => await readArchive(at) },
];

interface Read {
  readonly path: string;
  readonly options: ReaderOptions;
  readonly signal: AbortSignal;
}

async function readTable({ path, options, signal }: Read, delimiter: "," | "\t"): Promise<ReadRows> {
  const reader = new RowReader({ ...options, placeOf: (row) => `row ${row}` });
  const needed = ["id", "case", "task", "target", ...(options.isExpected === true ? [] : ["prediction"])];
  for await (const found of separatedRows({ path: resolve(path), table: path, signal }, delimiter, needed)) {
    if (found.kind === "problem") {
      reader.refuse(`${found.problem.message}; ${found.problem.hint}`, found.problem.place?.row ?? 1);
      continue;
    }
    const { place, values } = found.row;
    const told: string[] = [];
    const fields = fieldsOfCells(values as Readonly<Record<string, string>>, (problem) => told.push(problem));
    for (const problem of told) reader.refuse(problem, place.row);
    if (told.length === 0) reader.take(fields, place.row);
  }
  return reader.end();
}

/** JSON as Python writes it: NaN and infinities, which are none, are read as null; no text or answer is one. */
function looseJson(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    const plain = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs, (part) =>
      part.startsWith('"') ? part : "null",
    );
    return JSON.parse(plain) as Fields;
  }
}

async function readArchive({ path, options, signal }: Read): Promise<ReadRows> {
  const names: string[] = [];
  const reader = new RowReader({ ...options, placeOf: (at) => names[at - 1] ?? `sample ${at}` });
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  for await (const { name, read } of zipEntries(path, sampleBytesAtMost)) {
    signal.throwIfAborted();
    if (!/^samples\/.+\.json$/.test(name)) continue;
    names.push(name);
    const bytes = await read();
    try {
      reader.take(looseJson(utf8.decode(bytes)), names.length);
    } catch (cause) {
      if (!(cause instanceof SyntaxError || cause instanceof TypeError || cause instanceof RangeError))
        throw cause;
      reader.refuse("it is no JSON in UTF-8", names.length);
    }
  }
  return reader.end();
}

/**
 * Reads the rows of a table (.csv, .tsv) or of an Inspect log (.eval); nothing is unpacked to the disk.
 *
 * @returns undefined for any other ending: the file has one JSON object a line.
 * @throws TomoeError `DATA_PREDICTIONS` counting every problem by row or sample; of an archive `DATA_TRUNCATED`,
 * `DATA_UNSUPPORTED`, `DATA_DECOMPRESS_LIMIT`; the signal's reason.
 */
export async function readForeign(
  path: string,
  options: ReaderOptions,
  signal: AbortSignal,
): Promise<ReadRows | undefined> {
  return await kinds.find(({ ends }) => ends.test(path))?.read({ path, options, signal });
}
