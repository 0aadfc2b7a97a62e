import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "tomoe-run-script-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = fileURLToPath(new URL("children/run-script.ts", import.meta.url));

const experiment = (name: string): string => `{ kind: "experiment", name: "${name}" } as never`;
const head = 'import { run } from "tomoe";\n';

const files: Readonly<Record<string, string>> = {
  "loop.ts": `${head}const made: string[] = [];
for (const seed of [1, 2, 3]) made.push((await run(${experiment("loop")}, { seed })).runId);
export const ids = made;`,
  "two.ts": `${head}const [a, b] = await Promise.all([run(${experiment("a")}), run(${experiment("b")})]);
export const both = [a.runId, b.runId];`,
  "unawaited.ts": `${head}void run(${experiment("late")});
void run(${experiment("later")}).then(() => run(${experiment("last")}));`,
  "caught.ts": `${head}const first = await run(${experiment("bad")}).catch((error) => error.code);
await run(${experiment("good")});
export const code = first;`,
  "uncaught.ts": `${head}await run(${experiment("good")});
await run(${experiment("bad")});
await run(${experiment("never")});`,
  "unheard.ts": `${head}void run(${experiment("bad")}).catch(() => undefined);`,
  "throws.ts": `${head}await run(${experiment("good")});
throw new RangeError("after the run");`,
  "plain.ts": `export const experiment = { kind: "experiment", name: "plain" };`,
  "only.ts": `export const chest = { kind: "experiment", name: "chest" };\nexport const size = 3;`,
  "several.ts": `export const a = { kind: "experiment" };\nexport const b = { kind: "experiment" };`,
  "named.ts": `export const other = { kind: "experiment", name: "other" };
export const experiment = { kind: "experiment", name: "meant" };`,
  "stopped.ts": `${head}for (const seed of [1, 2]) await run(${experiment("long")}, { seed });`,
};

interface Line {
  readonly asked: readonly { readonly name: string; readonly seed: number | null }[];
  readonly ended: readonly string[];
  readonly exports?: readonly string[];
  readonly experiment?: { readonly name: string };
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly hasHost: boolean;
}

let lines: Readonly<Record<string, Line>>;

beforeAll(async () => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const words = Object.keys(files).map((name) => (name === "stopped.ts" ? "abort:stopped.ts" : name));
  const { stdout, stderr } = await runProgram(words, { script, cwd: folder });
  const printed = stdout.trimEnd().split("\n");
  if (printed.length !== words.length) throw new Error(stderr);
  lines = Object.fromEntries(Object.keys(files).map((name, at) => [name, JSON.parse(printed[at] ?? "")]));
});

const namesOf = (file: string): readonly string[] => (lines[file]?.asked ?? []).map(({ name }) => name);

describe("a file under a host", () => {
  it("is carried out whole: each run in its turn, with what the file says of it", () => {
    expect(lines["loop.ts"]).toMatchObject({
      asked: [1, 2, 3].map((seed) => ({ name: "loop", seed })),
      exports: ["ids"],
    });
    expect(lines["loop.ts"]?.ended).toHaveLength(3);
  });

  it("may ask for several runs at once", () => {
    expect(namesOf("two.ts")).toEqual(["a", "b"]);
    expect(lines["two.ts"]).toMatchObject({ ended: ["a", "b"], exports: ["both"] });
  });

  it("is over once the runs are that nobody waits for, and those that follow from them", () => {
    expect(namesOf("unawaited.ts")).toEqual(["late", "later", "last"]);
    expect(lines["unawaited.ts"]?.ended).toEqual(["late", "later", "last"]);
  });

  it("goes on after a failure that it catches", () => {
    expect(namesOf("caught.ts")).toEqual(["bad", "good"]);
    expect(lines["caught.ts"]?.code).toBeUndefined();
  });

  it.each([
    ["uncaught.ts", ["good", "bad"]],
    ["unheard.ts", ["bad"]],
  ])("%s ends with the failure that nobody answers for", (file, names) => {
    expect(namesOf(file)).toEqual(names);
    expect(lines[file]).toMatchObject({ code: "TRAIN_DIVERGED", hint: "Lower it." });
  });

  it("names the line of what it throws itself", () => {
    expect(lines["throws.ts"]).toMatchObject({
      ended: ["good"],
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/throws\.ts:3 cannot be imported: RangeError: after the run$/),
    });
  });

  it("that is stopped waits for the run in progress, tells how that is resumed, and begins no other", () => {
    expect(lines["stopped.ts"]).toMatchObject({
      asked: [{ name: "long", seed: 1 }],
      ended: ["long"],
      code: "CANCELLED",
    });
    expect(["Resume it.", "Run it again."]).toContain(lines["stopped.ts"]?.hint);
  });

  it("has no host any more when it is over, however it ended", () => {
    for (const line of Object.values(lines)) expect(line.hasHost).toBe(false);
  });
});

describe("the experiment of a file that runs nothing", () => {
  it.each([
    ["plain.ts", "plain"],
    ["only.ts", "chest"],
    ["named.ts", "meant"],
  ])("%s is the one called so, else the only one", (file, name) => {
    expect(lines[file]?.experiment?.name).toBe(name);
  });

  it("is not guessed where there are several", () => {
    expect(lines["several.ts"]).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('exports 2 experiments, a, b, and calls none of them "experiment"'),
      hint: 'Call one of them "experiment", or run them in the file: await run(NAME).',
    });
  });
});
