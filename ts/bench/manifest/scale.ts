import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { permutation } from "../../data/dataset/index.ts";
import { checkedRows, collectRows, sourceFor } from "../../data/sources/index.ts";
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
/** What 120,000 cases may take to open. */
const openLimitMs = 50;

/**
 * C7: a data set of generated rows is walked with every check, and kept for a run, against JSON.parse of the same lines;
 * and positions of an epoch's order are asked for at its beginning and behind a thousand epochs, as a resumed run does.
 */
export async function benchManifestScale(
  note: (line: string) => void,
  size: ScaleSize = usual,
): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-scale-"));
  try {
    writeRows(folder, size);
    note(`${size.cases} cases and ${size.cases * size.itemsPerCase} items are written`);
    const times = { walk: [] as Spent[], keep: [] as Spent[], parse: [] as Spent[] };
    for (let round = 0; round < size.rounds; round++) {
      times.walk.push(await timed(async () => await walk(folder)));
      times.keep.push(await timed(async () => await keep(folder)));
      times.parse.push(await timed(() => parseLines(folder)));
    }
    const floorMs = median(times.parse.map(({ wallMs }) => wallMs));
    const details = { parseCpuMs: median(times.parse.map(({ cpuMs }) => cpuMs)), parseMs: floorMs };
    const many = `${size.cases} cases of ${size.itemsPerCase} questions`;
    const limits = { against: "floor", atLeast: 1 } as const;
    return [
      row(`${many} walked with every check`, times.walk, floorMs, [], details),
      row(
        `${many} opened for a run`,
        times.keep,
        (openLimitMs * size.cases) / usual.cases,
        [limits],
        details,
      ),
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

async function keep(folder: string): Promise<number> {
  const { cases } = await collectRows(await sourceFor("table").open(folder), { ignoresSplits: false });
  return cases.length;
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
  for (let part = 0; part < itemsPerCase; part++) {
    const lines = Array.from({ length: cases }, (_, at) => {
      const question = `Is there a nodule larger than ${at % 97} mm in the ${at % 2 === 0 ? "left" : "right"} lung?`;
      const row = { id: `q-${part}-${at}`, case: `case-${at}`, question, choices: ["yes", "no"] };
      return `${JSON.stringify({ ...row, answer: at % 3 === 0 ? "yes" : "no", type: "size" })}\n`;
    });
    writeFileSync(join(folder, "items.jsonl"), lines.join(""), { flag: "a" });
  }
}
