/** Both decoders asked about the same damaged Arrow files. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, decodeTensors } from "../../ts/tensor/index.ts";
import { type Mutant, mutantsOf, mutate } from "./tensor-mutants.ts";
import { bytesOf } from "./tensors.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where the golden wire files lie. */
export const wireFolder = join(root, "tests/fixtures/wire");
/** The Python that answers for the worker. */
export const python = join(root, ".venv/bin/python");

/** What the two decoders said of one file's mutants. */
export interface Comparison {
  /** One per mutant: an error's code, or the columns with their checksums. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly mutants: readonly Mutant[];
  /** Mutants that both accept and pyarrow refuses or reads differently. */
  readonly holes: readonly (readonly [index: number, how: string])[];
}

/** True for a refusal's code. */
export const isCode = (verdict: string): boolean => /^[A-Z_]+$/.test(verdict);

/** Asks both languages about every `stride`-th mutant of golden files; Python is started once. */
export function compareDecoders(
  names: readonly string[],
  stride: number,
): { readonly limits: object; readonly files: ReadonlyMap<string, Comparison> } {
  const asked = names.map((name) => {
    const bytes = Uint8Array.from(readFileSync(join(wireFolder, name)));
    const data = decodeTensors(bytes).map(
      (column) => [column.data.byteOffset, column.data.byteOffset + column.data.byteLength] as const,
    );
    const mutants = mutantsOf(bytes, data).filter((_, index) => index % stride === 0);
    return { name, mutants, ours: mutants.map((mutant) => verdict(mutate(bytes, mutant))) };
  });
  const request = asked.map(({ name, mutants }) => [name, { path: join(wireFolder, name), mutants }]);
  const run = spawnSync(python, [join(root, "tests/support/tensor_verdicts.py")], {
    input: JSON.stringify(Object.fromEntries(request)),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  if (run.status !== 0)
    throw new Error(`tensor_verdicts.py ended with ${run.status ?? run.signal}: ${run.stderr}`);
  const answer = JSON.parse(run.stdout) as {
    readonly limits: object;
    readonly files: Readonly<Record<string, { verdicts: string[]; holes: (readonly [number, string])[] }>>;
  };
  const files = asked.map(({ name, mutants, ours }): [string, Comparison] => {
    const { verdicts = [], holes = [] } = answer.files[name] ?? {};
    return [name, { ours, theirs: verdicts, mutants, holes }];
  });
  return { limits: answer.limits, files: new Map(files) };
}

/** What decodeTensors says of a file: an error's code, or the columns with their checksums. */
function verdict(bytes: Uint8Array): string {
  try {
    return decodeTensors(bytes)
      .map((column) => {
        const { name, dtype, rows, shape, dimNames } = column;
        return [name, dtype, rows, shape.join("x"), dimNames.join(","), crc32([bytesOf(column)])].join(" ");
      })
      .join("; ");
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}
