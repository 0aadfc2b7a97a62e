import { join, resolve } from "node:path";
import { TomoeError } from "../../errors.ts";
import { checkJson } from "../../files/index.ts";
import { nearest } from "../../schema/nearest.ts";
import { recordSchema, type SweepRecord, sweepFormat } from "../../schema/sweep/records.ts";
import { type FramedRecord, readFramedLog } from "../record/frames.ts";
import { recordInvalid } from "../record/invalid.ts";
import { runNames } from "../runs/find-run.ts";
import { isRunId } from "../runs/layout.ts";
import { livingOwner } from "../runs/lock-holder.ts";

/** A sweep on disk, to be read; many may have it open. */
export interface SweepFolder {
  readonly sweepId: string;
  readonly dir: string;
  /** Its ledger, as it stood when it was opened. */
  readonly records: readonly SweepRecord[];
}

/** Where the ledger of a sweep lies. */
export function ledgerFolder(dir: string): string {
  return join(dir, "ledger");
}

/** @throws TomoeError `RECORD_INVALID` for a record that is none of a sweep, or of another version's. */
export function recordOf({ seq, body }: FramedRecord, folder: string): SweepRecord {
  if (typeof body.format === "string" && body.format !== sweepFormat)
    throw recordInvalid(
      folder,
      `its format is ${body.format}, this version reads ${sweepFormat}; use the version of Tomoe that wrote it`,
    );
  const record = checkJson(body, `${folder} record ${seq}`, recordSchema, recordInvalid);
  if ((record.kind === "sweep") !== (seq === 0))
    throw recordInvalid(folder, `record ${seq} is ${record.kind}, and a ledger begins with its header`);
  return record;
}

/**
 * The sweeps of a folder, by id; no folder: none.
 *
 * @throws TomoeError `IO_FAILED`, `PERMISSION`.
 */
export function sweepNames(sweepsDir: string): readonly string[] {
  return runNames(resolve(sweepsDir)).filter(isRunId);
}

async function readLedger(dir: string): Promise<readonly SweepRecord[]> {
  const records: SweepRecord[] = [];
  const folder = ledgerFolder(dir);
  await readFramedLog(folder, (record) => records.push(recordOf(record, folder)));
  if (records.length === 0) throw recordInvalid(folder, "there is no ledger of a sweep");
  return records;
}

/** Count for the next sweep of a folder: one more than the highest there; a ledger that cannot be read counts none. */
export async function nextSweepOrdinal(sweepsDir: string): Promise<number> {
  return Math.max(0, ...(await ordinals(sweepsDir)).map(({ ordinal }) => ordinal)) + 1;
}

async function ordinals(sweepsDir: string) {
  const found = sweepNames(sweepsDir).map(async (sweepId) => {
    const records = await readLedger(join(resolve(sweepsDir), sweepId)).catch(() => []);
    const [header] = records;
    return { sweepId, ordinal: header?.kind === "sweep" ? header.ordinal : 0 };
  });
  return await Promise.all(found);
}

/**
 * Opens a sweep to read it.
 *
 * @param reference - a sweep's id, the beginning of one, its name where one sweep alone has it, the four letters at
 * its end, or "latest".
 * @throws TomoeError `RUN_NOT_FOUND` with "did you mean"; `RECORD_INVALID` for a damaged ledger.
 */
export async function openSweep(sweepsDir: string, reference: string): Promise<SweepFolder> {
  const folder = resolve(sweepsDir);
  const names = sweepNames(folder);
  const sweepId = reference === "latest" ? await newest(folder) : the(reference, names, folder);
  const dir = join(folder, sweepId);
  return { sweepId, dir, records: await readLedger(dir) };
}

async function newest(folder: string): Promise<string> {
  const found = (await ordinals(folder)).sort((a, b) => a.ordinal - b.ordinal).at(-1);
  if (found === undefined) throw notFound(folder, "latest", []);
  return found.sweepId;
}

/** The name that a sweep's id carries between its time and its four letters. */
const nameIn = (sweepId: string): string => sweepId.slice(16, -5);

function the(reference: string, names: readonly string[], folder: string): string {
  if (names.includes(reference)) return reference;
  const fitting = names.filter(
    (id) =>
      reference !== "" &&
      (id.startsWith(reference) || id.endsWith(`-${reference}`) || nameIn(id) === reference),
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (fitting.length === 0) throw notFound(folder, reference, names);
  throw new TomoeError("RUN_NOT_FOUND", `"${reference}" fits ${fitting.length} sweeps in ${folder}`, {
    hint: `Say more of the id; it could be ${fitting.slice(-5).join(", ")}.`,
    details: { sweep: reference, sweepsDir: folder, fitting: fitting.slice(-20) },
  });
}

function notFound(folder: string, reference: string, names: readonly string[]): TomoeError {
  const near = names
    .filter((id) => nearest(reference, [id, id.slice(0, reference.length), nameIn(id)]) !== undefined)
    .slice(-3);
  const hint =
    names.length === 0
      ? `There are no sweeps in ${folder}; make one with "tomoe sweep run SWEEP.ts", or name another folder with --sweeps.`
      : `${near.length === 0 ? "" : `Did you mean ${near.join(" or ")}? `}There are ${names.slice(-10).join(", ")}.`;
  return new TomoeError("RUN_NOT_FOUND", `no sweep "${reference}" in ${folder}`, {
    hint,
    details: { sweep: reference, sweepsDir: folder, near },
  });
}

/** Who works on a sweep now, in words; undefined when nobody does. */
export function sweepOwner({ dir }: Pick<SweepFolder, "dir">): string | undefined {
  return livingOwner(dir);
}
