import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type DatasetCase, datasetAt, permutation } from "../../data/dataset/index.ts";
import { checkedRows, layoutRows, sourceFor } from "../../data/sources/index.ts";
import { bug } from "../../errors.ts";
import { type BenchRow, median } from "../rows.ts";

/** How many cases and questions a generated data set has, and how often it is read. */
export interface ScaleSize {
  readonly cases: number;
  readonly itemsPerCase: number;
  readonly rounds: number;
  /** Cases that an order is over, and positions of it that are asked for in a round. */
  readonly ordered: number;
  readonly asked: number;
}

const usual: ScaleSize = { cases: 120_000, itemsPerCase: 5, rounds: 3, ordered: 1_200_000, asked: 200_000 };
/** What 120,000 cases may take to open a second time, scans looked for, and to be found in their index alone. */
const limitsMs = { again: 2000, index: 50 } as const;

/**
 * C7: a data set of generated rows is walked with every check, and opened for a run the first time, which writes its index,
 * against JSON.parse of the same lines; then out of the index, with every check of that and each scan looked for, and the
 * index alone; and positions of an epoch's order are asked for at its beginning and behind a thousand epochs.
 */
export async function benchManifestScale(
  note: (line: string) => void,
  size: ScaleSize = usual,
): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-scale-"));
  try {
    writeRows(folder, size);
    note(`${size.cases} cases and ${size.cases * size.itemsPerCase} items are written`);
    const times = {
      walk: [] as Spent[],
      first: [] as Spent[],
      again: [] as Spent[],
      index: [] as Spent[],
      parse: [] as Spent[],
    };
    const indexes = join(folder, "indexes");
    for (let round = 0; round < size.rounds; round++) {
      rmSync(indexes, { recursive: true, force: true });
      times.walk.push(await timed(async () => await walk(folder)));
      times.first.push(await timed(async () => await open(folder, indexes)));
      times.again.push(await timed(async () => await open(folder, indexes)));
      times.index.push(await timed(() => indexedCases(indexes)));
      times.parse.push(await timed(() => parseLines(folder)));
    }
    const floorMs = median(times.parse.map(({ wallMs }) => wallMs));
    const details = { parseCpuMs: median(times.parse.map(({ cpuMs }) => cpuMs)), parseMs: floorMs };
    const many = `${size.cases} cases of ${size.itemsPerCase} questions`;
    const limits = [{ against: "floor", atLeast: 1 }] as const;
    const limitOf = (ms: number): number => (ms * size.cases) / usual.cases;
    const held = { bytesPerCase: await bytesPerCase(indexes, size.cases) };
    return [
      row(`${many} walked with every check`, times.walk, floorMs, [], details),
      row(`${many} opened for a run the first time`, times.first, floorMs, [], details),
      row(`${many} opened the second time`, times.again, limitOf(limitsMs.again), limits, details),
      row(`${many} in their index`, times.index, limitOf(limitsMs.index), limits, held),
      await orderRow(size),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(
  what: string,
  spent: readonly Spent[],
  floorMs: number,
  targets: BenchRow["targets"],
  details: BenchRow["details"],
): BenchRow {
  return {
    name: "manifest.scale",
    what,
    oursMs: median(spent.map(({ wallMs }) => wallMs)),
    peerMs: null,
    floorMs,
    targets,
    details: {
      rounds: spent.map(({ wallMs }) => wallMs),
      cpuMs: median(spent.map(({ cpuMs }) => cpuMs)),
      ...details,
    },
  };
}

/** Positions behind a thousand epochs, against the first ones of the first. */
async function orderRow({ ordered, asked, rounds }: ScaleSize): Promise<BenchRow> {
  const first: Spent[] = [],
    late: Spent[] = [];
  for (let round = 0; round < rounds; round++) {
    first.push(await timed(() => positions(ordered, asked, 0, 0)));
    late.push(await timed(() => positions(ordered, asked, 1000, ordered - asked)));
  }
  // A position costs what it costs anywhere: a hash of the epoch's name is all that a resumed run makes anew.
  const targets = [{ against: "floor", atLeast: 0.5 }] as const;
  const floorMs = median(first.map(({ wallMs }) => wallMs));
  return row(`${asked} positions of ${ordered} behind 1000 epochs`, late, floorMs, targets, { asked });
}

function positions(size: number, asked: number, epoch: number, from: number): number {
  const order = permutation(size, `1/scale/stage/${epoch}`);
  let sum = 0;
  for (let position = from; position < from + asked; position++) sum += order(position);
  return sum;
}

/** What a piece of work took: on a busy machine the CPU says more. */
interface Spent {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function timed(work: () => unknown): Promise<Spent> {
  const started = performance.now(),
    before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

async function walk(folder: string): Promise<number> {
  let rows = 0;
  for await (const found of checkedRows(await sourceFor("table").open(folder)))
    if (found.kind !== "problem") rows++;
  return rows;
}

/** As a run and a dry run open it. */
async function open(path: string, folder: string): Promise<number> {
  const notice = (text: string): never => {
    throw bug(text);
  };
  const { dataset } = await layoutRows({
    layout: "table",
    path,
    open: {},
    reportRequest: "",
    ignoresSplits: false,
    keepsLeaks: false,
    isTallied: false,
    index: { folder, notice },
  });
  return dataset.cases.length;
}

/** The cases of the one index in a folder. */
function indexedCases(folder: string): readonly DatasetCase[] {
  const [name = ""] = readdirSync(folder);
  const dataset = datasetAt(join(folder, name));
  if (dataset === undefined) throw bug(`the index in ${folder} is none`);
  return dataset.cases;
}

/** Memory that the cases of an index take, by what the heap and its buffers grow by. */
async function bytesPerCase(folder: string, cases: number): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = async (): Promise<number> => {
    // Buffers of what was held before are let go behind a collection, not in it.
    for (let time = 0; time < 3; time++) {
      collect();
      await new Promise((turn) => setTimeout(turn, 20));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = await used();
  const held = indexedCases(folder);
  const bytes = (await used()) - before;
  return held.length === cases ? bytes / cases : Number.NaN;
}

/** What reading the rows takes at least: every line parsed, nothing looked at. */
function parseLines(folder: string): number {
  let rows = 0;
  for (const line of readFileSync(join(folder, "items.jsonl"), "utf8").split("\n"))
    if (line !== "" && JSON.parse(line) !== null) rows++;
  return rows;
}

/** A data set of one's own: scans in a CSV, questions in JSON Lines. */
function writeRows(folder: string, { cases, itemsPerCase }: ScaleSize): void {
  const scans = Array.from({ length: cases }, (_, at) => {
    return `case-${at},p-${at >> 1},scans/${at}.nii.gz,${(at >> 1) % 10 === 0 ? "test" : "train"}\n`;
  });
  writeFileSync(join(folder, "cases.csv"), `case,patient,image,split\n${scans.join("")}`);
  mkdirSync(join(folder, "scans"));
  for (let at = 0; at < cases; at++) writeFileSync(join(folder, "scans", `${at}.nii.gz`), "");
  for (let part = 0; part < itemsPerCase; part++) {
    const lines = Array.from({ length: cases }, (_, at) => {
      const question = `Is there a nodule larger than ${at % 97} mm in the ${at % 2 === 0 ? "left" : "right"} lung?`;
      const row = { id: `q-${part}-${at}`, case: `case-${at}`, question, choices: ["yes", "no"] };
      return `${JSON.stringify({ ...row, answer: at % 3 === 0 ? "yes" : "no", type: "size" })}\n`;
    });
    writeFileSync(join(folder, "items.jsonl"), lines.join(""), { flag: "a" });
  }
  // Tables of a moment ago have no index.
  for (const name of ["cases.csv", "items.jsonl"]) utimesSync(join(folder, name), 1e9, 1e9);
}
