import { listed, repoText, tsSources } from "../support/source-tree.ts";
import { blankTs } from "../support/ts-source.ts";

// The fourth rule for guests: run/ joins what others give it, and knows no vendor.

/** Families of models, data sets, schedulers, trackers and samplers, as words of a name or a text. */
const vendors = new Set(
  [
    "phi phi3 phi3v siglip qwen gemma medgemma internvl llava llama mistral vicuna",
    "phantom ctrate radgenome m3d amos rad totalsegmentator lidc luna",
    "slurm torchrun ray kubernetes k8s docker ssh",
    "mlflow wandb tensorboard comet neptune clearml optuna hyperopt",
  ].flatMap((line) => line.split(" ")),
);

/** The table of sources has a row for each kind of data, and is where their names end. */
const tables = ["ts/run/prepare/sources.ts"];

/** Vendors that a source names outside its comments, each with its line. */
function vendorsIn(source: string): readonly string[] {
  return blankTs(source, { strings: false, templates: false })
    .split("\n")
    .flatMap((line, index) =>
      line
        .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
        .split(/[^A-Za-z0-9]+/)
        .filter((word) => vendors.has(word.toLowerCase()))
        .map((word) => `${index + 1} names ${word}`),
    );
}

describe("the conductor", () => {
  it("names no family of models, data set, scheduler or tracker", () => {
    const files = tsSources().filter((path) => path.startsWith("ts/run/"));
    expect(files.length).toBeGreaterThan(20);
    const problems = files
      .filter((path) => !tables.includes(path))
      .flatMap((path) => vendorsIn(repoText(path)).map((found) => `${path}:${found}`));
    expect(listed(problems)).toBe("");
  });

  it("would be found to, in a name, a path or a text, and not in a comment or another word", () => {
    expect(
      vendorsIn('import { a } from "../bases/phi3v/b.ts";\nconst phantomDir = startSlurm("x");'),
    ).toEqual(["1 names phi3v", "2 names phantom", "2 names Slurm"]);
    expect(vendorsIn("// As Ray does it.\nconst arrays = philosophy;")).toEqual([]);
  });
});
