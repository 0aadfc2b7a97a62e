import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "../../../../../ts/data/phantom/index.ts";
import type { EvalDocument } from "../../../../../ts/run/eval/record/document.ts";
import { knownUses } from "../../../../../ts/run/prepare/cache-use.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder } from "../fixtures.ts";
import { evaluated } from "./evaluated.ts";

/** Another data set than the run's: two phantoms that nobody trained on. */
async function dataset(): Promise<string> {
  const folder = join(freshFolder(), "data");
  const volumes = { train: 1, validation: 0, test: 2 };
  await writePhantomDataset(folder, { seed: 31, volumes, sizeDHW: [16, 24, 24] });
  return folder;
}
const rowsIn = (cache: string): readonly string[] =>
  readdirSync(join(cache, "rows"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".arrow"),
  );
/** What does not say where or when it was made. */
const numbersOf = ({ scorecard, adversaries, comparison, rows }: EvalDocument) => ({
  scorecard,
  adversaries,
  comparison,
  rows,
});

describe("an evaluation on scans of another data set", () => {
  it("comes to the same numbers with a cache as without, and lets go of it at its end", async () => {
    const data = await dataset();
    const cache = join(freshFolder(), "rows");
    const without = await evaluated({ options: { data, cache: null } });
    expect(existsSync(cache)).toBe(false);
    for (const _ of ["filled", "full"]) {
      const { document } = await evaluated({ options: { data, cache } });
      expect(numbersOf(document)).toEqual(numbersOf(without.document));
      expect(rowsIn(cache)).toHaveLength(2);
    }
    const uses = await knownUses(cache);
    expect(uses.map(({ kind, state, owner, keys }) => [kind, state, owner, keys.length])).toEqual([
      ["eval", "open", undefined, 2],
      ["eval", "open", undefined, 2],
    ]);
  });

  it("lets go of it also where it is refused, and where its scans are", async () => {
    const data = await dataset();
    const cache = join(freshFolder(), "rows");
    writeFileSync(join(data, "volumes", "test-00001.nii"), "no scan");
    const refused = await caught(() => evaluated({ options: { data, cache } }));
    expect(refused.code).toMatch(/^DATA_/);
    expect((await knownUses(cache)).map(({ owner }) => owner)).toEqual([undefined]);
    // What could be made is there for the next one.
    expect(rowsIn(cache)).toHaveLength(1);
  });

  it("that goes on compares every byte of its rows again", async () => {
    const data = await dataset();
    const cache = join(freshFolder(), "rows");
    const evalsDir = join(freshFolder(), "evals");
    const first = await evaluated({ options: { data, cache }, evalsDir });
    const [name = ""] = rowsIn(cache);
    const path = join(cache, "rows", name);
    const whole = readFileSync(path);
    utimesSync(path, 1000, 1000);
    await evaluated({ options: { data, cache }, evalsDir });
    const other = Buffer.from(whole);
    other.writeUInt8(other.readUInt8(3000) ^ 8, 3000);
    writeFileSync(path, other);
    utimesSync(path, 1000, 1000);
    rmSync(join(evalsDir, "stages"), { recursive: true });
    const again = await evaluated({
      options: { source: { resume: first.document.evalId }, cache },
      evalsDir,
    });
    expect(again.notices.filter((line) => line.includes("is damaged"))).toHaveLength(1);
    expect(numbersOf(again.document)).toEqual(numbersOf(first.document));
    expect(readFileSync(path).equals(whole)).toBe(true);
  });

  it("keeps no rows of phantoms, which it draws itself", async () => {
    const cache = join(freshFolder(), "rows");
    await evaluated({ options: { cache } });
    expect(existsSync(cache)).toBe(false);
  });
});
