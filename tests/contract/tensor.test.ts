// The tensor contract: golden files that both languages read, equal caps, and no mutant on
// which they differ. Its Python half is test_tensor.py.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TensorDtype } from "../../ts/tensor/index.ts";
import { crc32, decodeTensors, encodeTensors, tensorLimits, wireChunkBytes } from "../../ts/tensor/index.ts";
import { compareDecoders, wireFolder as folder, isCode, python } from "../support/tensor-verdicts.ts";
import { columnOf, facts } from "../support/tensors.ts";

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

const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;
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
  const files = Object.keys(golden);
  let answered: ReturnType<typeof compareDecoders> | undefined;
  // Asked once, of each 29th mutant: the nightly campaign asks of all.
  const answer = () => (answered ??= compareDecoders(files, 29));

  maybe("hold the same caps", () => {
    expect(answer().limits).toEqual({ ...tensorLimits, chunkBytes: wireChunkBytes.max });
  });

  maybe.each(files)("refuse the same mutants of %s, and read the others as the same tensors", (name) => {
    const { ours, theirs, mutants } = answer().files.get(name) ?? { ours: [], theirs: [], mutants: [] };
    const differing = mutants.flatMap((mutant, index) =>
      ours[index] === theirs[index] ? [] : [{ mutant, ours: ours[index], theirs: theirs[index] }],
    );
    expect(differing).toEqual([]);
    expect(theirs.length).toBe(mutants.length);
    // Both kinds have to be there, or the comparison says nothing.
    const refused = ours.filter(isCode).length;
    expect(Math.min(refused, ours.length - refused)).toBeGreaterThan(50);
  });

  maybe.each(files)("accept no mutant of %s that pyarrow refuses or reads differently", (name) => {
    expect(answer().files.get(name)?.holes).toEqual([]);
  });
});
