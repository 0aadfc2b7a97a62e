// Reads scans named in a JSON list on stdin and writes what was read, for comparison with other readers.
import { writeFileSync } from "node:fs";
import {
  type PreprocessPathOptions,
  preprocessPath,
  preprocessVolume,
  readVolume,
} from "../../ts/data/index.ts";
import { m3dCompat } from "../../ts/data/prepare/m3d-compat.ts";
import { isTomoeError } from "../../ts/errors.ts";
import type { AffineRas } from "../../ts/schema/volume.ts";

interface Job {
  readonly path: string;
  /** Raw little-endian voxels go here. */
  readonly out: string;
  /** Model input of this size beside it, as `<out>.input`. */
  readonly sizeDHW?: readonly [number, number, number];
  readonly m3d?: readonly [number, number, number];
  /** What `tomoe preprocess` shall write of it. */
  readonly prepared?: readonly PreprocessPathOptions[];
  readonly record?: boolean;
  /** Where an array without geometry lies. */
  readonly affineRas?: AffineRas;
}

const bytesOf = (array: Int16Array | Float32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

async function dump(job: Job): Promise<object> {
  try {
    const volume = await readVolume(job.path, {
      ...(job.record === true ? { huGate: "record" } : {}),
      ...(job.affineRas === undefined ? {} : { affineRas: job.affineRas }),
    });
    writeFileSync(job.out, bytesOf(volume.voxels));
    if (job.sizeDHW !== undefined)
      writeFileSync(
        `${job.out}.input`,
        bytesOf(
          preprocessVolume(volume, {
            sizeDHW: job.sizeDHW,
            windowHu: { low: -1000, high: 1000 },
            stack: "axial",
          }).voxels,
        ),
      );
    if (job.m3d !== undefined)
      writeFileSync(`${job.out}.m3d`, bytesOf(m3dCompat(volume, job.m3d, { low: -160, high: 240 }).voxels));
    for (const options of job.prepared ?? [])
      await preprocessPath(job.path, { ...options, huGate: job.record === true ? "record" : "refuse" });
    const { shapeDHW, affineRas, receipt, spacingMmDHW, warnings } = volume;
    return {
      ok: true,
      dtype: volume.voxels.BYTES_PER_ELEMENT === 2 ? "int16" : "float32",
      shapeDHW,
      affineRas,
      spacingMmDHW,
      orientation: receipt.sourceOrientation,
      warnings,
    };
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}

const parts: Buffer[] = [];
for await (const part of process.stdin) parts.push(part);
const jobs = JSON.parse(Buffer.concat(parts).toString("utf8")) as readonly Job[];
const results = [];
for (const job of jobs) results.push(await dump(job));
process.stdout.write(JSON.stringify(results));
