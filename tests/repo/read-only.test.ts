import { tsEdges } from "../support/import-graph.ts";
import { listed, repoText } from "../support/source-tree.ts";
import { parseTs } from "../support/ts-source.ts";

/** Who only looks at runs: commands that show, prediction, the studio. */
const lookers =
  /^ts\/(?:cli\/commands\/(?:runs|doctor)|run\/predict|studio)\/|^ts\/run\/(?:read-run\.ts|evaluate\/evaluate\.ts)/;
const door = "ts/track/read/index.ts";
/** What reads of Node's own modules; whatever is not named here may write. */
const reading = new Set(
  "constants createReadStream existsSync lstat lstatSync readFile readFileSync readdir readdirSync readlinkSync stat statSync statfsSync".split(
    " ",
  ),
);
/** What writes of `ts/files`. */
const writing = /^(?:write|make|sync|Space|defaultSpaceWait)/;

const { inner } = tsEdges();
const next = Map.groupBy(inner, ({ from }) => from);

/** Every file of track that is loaded with `start`, types included. */
function reachable(start: string): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [start];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const { to } of next.get(file) ?? []) if (to.startsWith("ts/track/")) queue.push(to);
  }
  return found;
}

/** What a file imports by name, each with the module it comes from. */
function importedNames(file: string): { readonly name: string; readonly module: string }[] {
  return parseTs(repoText(file)).module.staticImports.flatMap(({ entries, moduleRequest }) =>
    entries.map(({ importName, isType }) => ({
      name: isType ? "" : (importName.name ?? "*"),
      module: moduleRequest.value,
    })),
  );
}

/** What of a file's imports could write. */
function writers(file: string): string[] {
  return importedNames(file)
    .filter(({ name, module }) =>
      /^node:fs/.test(module)
        ? name !== "" && !reading.has(name)
        : /\/files\/index\.ts$/.test(module) && writing.test(name),
    )
    .map(({ name, module }) => `${file} imports ${name} of ${module}`);
}

describe("the door of those who only look at runs", () => {
  const behind = reachable(door);

  it("leads to the record, the checkpoints and the list of runs", () => {
    for (const name of ["record/metrics", "checkpoints/verify", "runs/listing", "runs/open-run"])
      expect([...behind]).toContain(`ts/track/${name}.ts`);
  });

  it("leads to nothing that can write", () => {
    expect(listed([...behind].flatMap(writers))).toBe("");
    expect(listed([...behind].filter((file) => file.startsWith("ts/track/owned/")))).toBe("");
    // The rule sees a writer where there is one.
    expect(writers("ts/track/owned/claim.ts").length).toBeGreaterThan(3);
    expect(writers("ts/track/owned/lock.ts")).toContain(
      "ts/track/owned/lock.ts imports rename of node:fs/promises",
    );
  });

  it("is the one that shows, predictions and the studio enter by", () => {
    const entering = inner.filter(
      ({ from, to }) => to.startsWith("ts/track/") && !from.startsWith("ts/track/") && lookers.test(from),
    );
    expect(new Set(entering.map(({ from }) => from)).size).toBeGreaterThan(3);
    expect(
      listed(entering.filter(({ to }) => to !== door).map(({ from, to }) => `${from} imports ${to}`)),
    ).toBe("");
  });
});

describe("the ground that every command loads", () => {
  it("imports Node and errors alone in files, so that help loads no schema", () => {
    const problems = tsEdges()
      .outer.filter(({ from, to }) => from.startsWith("ts/files/") && !to.startsWith("node:"))
      .map(({ from, to }) => `${from} imports ${to}`);
    const others = inner
      .filter(
        ({ from, to }) => from.startsWith("ts/files/") && !/^ts\/(?:files\/|errors\.ts|defined\.ts)/.test(to),
      )
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(listed([...problems, ...others])).toBe("");
  });

  it("is /proc behind a door that loads no execa, by which track names its owner", () => {
    const problems = inner.filter(
      ({ from, to }) =>
        (from.startsWith("ts/track/") && to.startsWith("ts/process/") && to !== "ts/process/proc/index.ts") ||
        (from.startsWith("ts/process/proc/") && !to.startsWith("ts/process/proc/")),
    );
    expect(listed(problems.map(({ from, to }) => `${from} imports ${to}`))).toBe("");
  });
});
