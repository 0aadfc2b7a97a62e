import { resolve } from "node:path";
import { z } from "zod";
import { JsonWalk, separatedRows, walkLists } from "../data/sources/index.ts";
import {
  type Fields,
  fieldsOfCells,
  type ReaderOptions,
  type ReadRows,
  RowReader,
  type Warning,
} from "../eval/index.ts";
import { readHead, zipEntries } from "../files/index.ts";
import { plainText } from "./terminal.ts";

/** Bytes that one sample of an archive may have: a transcript with what was called and answered. */
const sampleBytesAtMost = 64 * 2 ** 20;

const utf8 = new TextDecoder("utf-8", { fatal: true });

const kinds = [
  { ends: /\.csv$/i, read: async (at: Read) => await readTable(at, ",") },
  { ends: /\.tsv$/i, read: async (at: Read) => await readTable(at, "\t") },
  { ends: /\.eval$/i, read: async (at: Read) => await readArchive(at) },
  { ends: /\.json$/i, read: async (at: Read) => await readLog(at) },
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
    const plain = text.replaceAll(/"(?:[^"\\]|\\.)*(?:"|$)|-?\bInfinity\b|\bNaN\b/gs, (part) =>
      part.startsWith('"') ? part : "null",
    );
    return JSON.parse(plain) as Fields;
  }
}

const finished = "success";

const status = z.looseObject({ status: z.string() });

/** A log that its program did not end has not all of its samples. */
function endWarnings(text: string): readonly Warning[] {
  const found = status.safeParse(parsedLoosely(text));
  const told = found.success ? found.data.status : "started";
  if (told === finished) return [];
  return [
    {
      code: "LOG_NOT_FINISHED",
      message: `the log's status is ${plainText(JSON.stringify(told))}: samples may be missing; give --against what had to be answered`,
    },
  ];
}

function parsedLoosely(text: string): unknown {
  try {
    return looseJson(text);
  } catch {
    return undefined;
  }
}

/** Takes one sample of a log, as its text. */
function takeSample(reader: RowReader, text: string | null, at: number): void {
  const value = text === null ? undefined : parsedLoosely(text);
  if (value === undefined) reader.refuse("it is no JSON in UTF-8", at);
  else reader.take(value, at);
}

const decoded = (bytes: Uint8Array): string | null => {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
};

async function readArchive({ path, options, signal }: Read): Promise<ReadRows> {
  const names: string[] = [];
  const reader = new RowReader({ ...options, placeOf: (at) => names[at - 1] ?? `sample ${at}` });
  let header = "";
  for await (const { name, read } of zipEntries(path, sampleBytesAtMost)) {
    signal.throwIfAborted();
    if (name === "header.json") header = decoded(await read()) ?? "";
    if (!/^samples\/.+\.json$/.test(name)) continue;
    names.push(name);
    takeSample(reader, decoded(await read()), names.length);
  }
  const { rows, warnings } = reader.end();
  return { rows, warnings: [...warnings, ...endWarnings(header)] };
}

/** How a log that is one JSON document begins. */
const logBeginning = /^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:\s*"(\w*)"/;

async function readLog({ path, options, signal }: Read): Promise<ReadRows | undefined> {
  const beginning = logBeginning.exec((await readHead(path, 512)).bytes.toString("latin1"));
  // Any other file of this ending may still hold one object a line.
  if (beginning === null) return undefined;
  const reader = new RowReader({ ...options, placeOf: (at) => `sample ${at}` });
  const walk = new JsonWalk(sampleBytesAtMost);
  let count = 0;
  for await (const { key, text } of walkLists(walk, resolve(path), signal)) {
    if (key !== "samples") continue;
    count += 1;
    takeSample(reader, text, count);
  }
  if (walk.problem !== undefined) reader.refuse(walk.problem, count + 1);
  const { rows, warnings } = reader.end();
  return { rows, warnings: [...warnings, ...endWarnings(JSON.stringify({ status: beginning[1] }))] };
}

/**
 * Reads the rows of a table (.csv, .tsv) or of an Inspect log (.eval, or .json that begins as one); nothing is unpacked
 * to the disk.
 *
 * @returns undefined for any other file: it has one JSON object a line.
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
