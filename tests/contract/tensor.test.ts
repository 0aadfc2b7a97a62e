// The tensor contract: golden files that both languages read, equal caps, and no mutant that they read
// differently. Its Python half is test_tensor.py.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TensorDtype } from "../../ts/tensor/index.ts";
import { crc32, decodeTensors, encodeTensors, tensorLimits, wireChunkBytes } from "../../ts/tensor/index.ts";
import { bytesOf, columnOf, facts } from "../support/tensors.ts";

interface GoldenColumn {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly rows: number;
  readonly shape: number[];
  readonly dimNames: string[];
  readonly hex: string;
}
interface Golden {
  readonly [file: string]: { readonly crc32: number; readonly columns: readonly GoldenColumn[] };
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "tests/fixtures/wire");
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;
const python = join(root, ".venv/bin/python");
const maybe = existsSync(python) ? it : it.skip;
if (!existsSync(python)) console.error("tensor contract: verdicts are not compared, there is no .venv");

/** The file in a buffer of its own. */
const bytesOfFile = (name: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(readFileSync(join(folder, name)));

describe("the golden wire files", () => {
  it("are all listed", () => {
    expect(
      readdirSync(folder)
        .filter((name) => /\.arrows?$/.test(name))
        .sort(),
    ).toEqual(Object.keys(golden).sort());
  });

  it.each(Object.keys(golden))("%s reads as the columns listed, bit for bit", (name) => {
    const bytes = bytesOfFile(name),
      entry = golden[name];
    expect(crc32([bytes])).toBe(entry?.crc32);
    expect(decodeTensors(bytes).map(facts)).toEqual(entry?.columns);
  });

  it.each(Object.keys(golden).filter((name) => !name.startsWith("pyarrow")))(
    "%s is still written byte for byte",
    (name) => {
      const columns = golden[name]?.columns.map((column) => ({
        ...columnOf(column.name, column.dtype, column.rows, column.shape, Buffer.from(column.hex, "hex")),
        dimNames: column.dimNames,
      }));
      expect(Buffer.concat(encodeTensors(columns ?? [])).equals(bytesOfFile(name))).toBe(true);
    },
  );
});

describe("both languages", () => {
  const mutated = ["six-dtypes.arrow", "pyarrow-file.arrow", "pyarrow-stream.arrows"];
  interface Answer {
    readonly limits: object;
    readonly verdicts: { readonly [name: string]: readonly string[] };
  }
  let answered: Answer | undefined;
  // Asked once: most of the time goes into starting Python with torch.
  const ask = (): Answer => {
    const files = Object.fromEntries(
      mutated.map((name) => [name, { path: join(folder, name), mutants: mutantsOf(bytesOfFile(name)) }]),
    );
    const run = spawnSync(python, [join(root, "tests/support/tensor_verdicts.py")], {
      input: JSON.stringify(files),
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      env: { ...process.env, OMP_NUM_THREADS: "1" },
    });
    if (run.status !== 0)
      throw new Error(`tensor_verdicts.py ended with ${run.status ?? run.signal}: ${run.stderr}`);
    return JSON.parse(run.stdout) as Answer;
  };
  const answer = (): Answer => (answered ??= ask());

  maybe("hold the same caps", () => {
    expect(answer().limits).toEqual({ ...tensorLimits, chunkBytes: wireChunkBytes.max });
  });

  maybe.each(mutated)(
    "never read one of 2000 mutants of %s as different tensors, and refuse the same ones but for a few",
    (name) => {
      const bytes = bytesOfFile(name),
        theirs = answer().verdicts[name];
      const pairs = mutantsOf(bytes).map(([at, value], index) => ({
        at,
        value,
        ours: verdict(bytes, at, value),
        theirs: theirs?.[index] ?? "",
      }));
      const isCode = (text: string) => /^[A-Z_]+$/.test(text);
      const bothRead = pairs.filter((pair) => !isCode(pair.ours) && !isCode(pair.theirs)),
        bothRefuse = pairs.filter((pair) => isCode(pair.ours) && isCode(pair.theirs));
      expect(bothRead.filter((pair) => pair.ours !== pair.theirs)).toEqual([]);
      expect(bothRefuse.filter((pair) => pair.ours !== pair.theirs)).toEqual([]);
      // pyarrow checks metadata that no value depends on (padding, string ends); ts/tensor checks tables that
      // pyarrow leaves alone.
      expect((bothRead.length + bothRefuse.length) / pairs.length).toBeGreaterThan(0.92);
      expect(Math.min(bothRead.length, bothRefuse.length)).toBeGreaterThan(150);
    },
  );
});

/** 2000 single-byte changes, place and new value, by a fixed linear congruential sequence. */
function mutantsOf(bytes: Uint8Array): (readonly [number, number])[] {
  let state = 20_261_124;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: 2000 }, () => [next(bytes.byteLength), next(256)] as const);
}

/**
 * What decodeTensors says of a file with one byte changed: an error's code, or the columns with their
 * checksums.
 */
function verdict(bytes: Uint8Array, at: number, value: number): string {
  const mutant = Uint8Array.from(bytes);
  mutant[at] = value;
  try {
    return decodeTensors(mutant)
      .map((column) =>
        [column.name, column.dtype, column.rows, column.shape.join("x"), crc32([bytesOf(column)])].join(" "),
      )
      .join("; ");
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}
