import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sweepOf } from "../../../../ts/cli/recipe.ts";
import { failureOf, onlyDocument, runProgram, startProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "tomoe-recipe-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = fileURLToPath(new URL("children/load-recipe.ts", import.meta.url));

const recipes: Readonly<Record<string, string>> = {
  "named.ts":
    'export const experiment: { kind: string; n: number } = { kind: "experiment", n: 1 };\nexport default { kind: "experiment", n: 2 };',
  "default.ts": 'export default { kind: "experiment", n: 2 };',
  "uses-tomoe.ts":
    'import { tghMoe } from "tomoe";\nimport { readVolume } from "tomoe/data";\nexport const experiment = { kind: "experiment", router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }), reader: typeof readVolume };',
  "runs-itself.ts":
    'import { run } from "tomoe";\nexport const experiment = { kind: "experiment", n: 3 };\nawait run({ ...experiment, n: 4 } as never);\nthrow new Error("must not come here");',
  "imports.ts":
    'import { steps } from "./shared.ts";\nexport const experiment = { kind: "experiment", steps };',
  "shared.ts": "export const steps: number = 12;",
  "nothing.ts": "export {};",
  "other.ts": 'export const config = { name: "x" };\nexport const experiment = { kind: "something" };',
  "syntax.ts": "export const a = 1;\nexport const experiment = {{;\n",
  "enum.ts": 'enum A { B }\nexport const experiment = { kind: "experiment" };',
  "throws.ts": "export const a: number = 1;\n\nthrow new RangeError('bad ' + a);",
  "missing-import.ts": 'import "./not-there.ts";\nexport const experiment = { kind: "experiment" };',
  "typed-error.ts":
    'import { tghMoe } from "tomoe";\nthrow Object.assign(new Error("[CONFIG_INVALID] topK is 9"), { code: "CONFIG_INVALID", hint: "Lower it." });',
};
const order = Object.keys(recipes);
let outcomes: Record<
  string,
  {
    experiment?: Record<string, unknown>;
    code?: string;
    message?: string;
    hint?: string;
  }
>;

beforeAll(async () => {
  // A project that says "commonjs", as "npm init" makes it, must take recipes with import and await all the
  // same.
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}');
  for (const [name, content] of Object.entries(recipes)) writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, "folder.ts"));
  writeFileSync(join(folder, "notes.txt"), "");
  const asked = [...order, "nmaed.ts", "folder.ts", "notes.txt"];
  const { stdout, stderr } = await runProgram(asked, { script, cwd: folder });
  const lines = stdout.trimEnd().split("\n");
  if (lines.length !== asked.length) throw new Error(stderr);
  outcomes = Object.fromEntries(lines.map((line, index) => [asked[index], JSON.parse(line)]));
});

describe("a recipe", () => {
  it.each([
    ["named.ts", 1],
    ["default.ts", 2],
  ])("%s gives its export `experiment`, else its default export", (name, n) => {
    expect(outcomes[name]).toEqual({ experiment: { kind: "experiment", n } });
  });

  it("may import tomoe wherever it lies: it is this very package", () => {
    expect(outcomes["uses-tomoe.ts"]?.experiment).toEqual({
      kind: "experiment",
      router: { tokenExperts: 4, topK: 2, tasks: ["report"], kind: "tgh-moe" },
      reader: "function",
    });
  });

  it("that runs itself is not run twice: its experiment is taken where it would begin", () => {
    expect(outcomes["runs-itself.ts"]).toEqual({
      experiment: { kind: "experiment", n: 4 },
    });
  });

  it("may be spread over files", () => {
    expect(outcomes["imports.ts"]?.experiment).toEqual({
      kind: "experiment",
      steps: 12,
    });
  });

  it.each([
    [
      "nothing.ts",
      "CONFIG_INVALID",
      /nothing\.ts exports no experiment: it exports nothing$/,
      "export const experiment = defineExperiment",
    ],
    [
      "other.ts",
      "CONFIG_INVALID",
      /other\.ts exports no experiment: it exports config, experiment$/,
      "defineExperiment",
    ],
    ["syntax.ts", "CONFIG_INVALID", /syntax\.ts:2 cannot be imported: SyntaxError/, "Correct the recipe"],
    ["enum.ts", "CONFIG_INVALID", /enum\.ts(:1)? cannot be imported: SyntaxError: .*enum/, "enums"],
    [
      "throws.ts",
      "CONFIG_INVALID",
      /throws\.ts:3 cannot be imported: RangeError: bad 1/,
      "Correct the recipe",
    ],
    [
      "missing-import.ts",
      "CONFIG_INVALID",
      /missing-import\.ts cannot be imported: Error: Cannot find module '.*not-there\.ts'/,
      "Check the path",
    ],
    ["typed-error.ts", "CONFIG_INVALID", /^\[CONFIG_INVALID\] topK is 9$/, "Lower it."],
    ["nmaed.ts", "PATH_NOT_FOUND", /there is no recipe nmaed\.ts, did you mean "named\.ts"\?$/, "tomoe init"],
    ["folder.ts", "CONFIG_INVALID", /folder\.ts is not a recipe/, "tomoe init"],
    ["notes.txt", "CONFIG_INVALID", /notes\.txt is not a recipe/, "tomoe init"],
  ])("%s is refused by name and place", (name, code, message, hint) => {
    expect(outcomes[name]?.code).toBe(code);
    expect(outcomes[name]?.message).toMatch(message);
    expect(outcomes[name]?.hint).toContain(hint);
  });
});

describe("tomoe run with a recipe that waits", () => {
  it("for ever with nothing to wait for ends as a failure with one document", async () => {
    writeFileSync(join(folder, "dry.ts"), "await new Promise(() => undefined);");
    const { code, stdout } = await runProgram(["run", "dry.ts", "--json"], {
      cwd: folder,
    });
    expect(code).toBe(70);
    expect(onlyDocument(stdout).error?.message).toContain("ended without a result");
  });

  it.each([
    ["SIGINT", 130, "CANCELLED"],
    ["SIGTERM", 143, "TERMINATED"],
  ] as const)("ends at %s with exit code %d and one document", async (signal, code, name) => {
    writeFileSync(
      join(folder, "hang.ts"),
      'console.log("recipe text on stdout");\nsetInterval(() => undefined, 1000);\nawait new Promise(() => undefined);',
    );
    const { child, ended, saying } = startProgram(["run", "hang.ts", "--json"], { cwd: folder });
    await saying("recipe text on stdout");
    child.kill(signal);
    const { code: found, stdout, stderr } = await ended;
    expect(found).toBe(code);
    expect(onlyDocument(stdout).error?.code).toBe(name);
    expect(stderr).toContain("recipe text on stdout");
  });
});

describe("the sweep of a file", () => {
  const one = { kind: "sweep", plan: { name: "one" } };
  const other = { kind: "sweep", plan: { name: "other" } };
  const experiment = { kind: "experiment" };

  it("is its default export, whatever stands beside it, else the only one", () => {
    expect(sweepOf({ default: one, other, experiment }, "rates.ts")).toBe(one);
    expect(sweepOf({ experiment, rates: other }, "rates.ts")).toBe(other);
    expect(sweepOf({ default: experiment, rates: other }, "rates.ts")).toBe(other);
  });

  it("is refused where there is none or where one of several is meant, with what to write", async () => {
    const none = await failureOf(() => sweepOf({ experiment, nothing: null }, "rates.ts"));
    expect([none.code, none.message]).toEqual([
      "CONFIG_INVALID",
      "[CONFIG_INVALID] rates.ts exports no sweep",
    ]);
    expect(none.hint).toContain("export default defineSweep(experiment,");
    const several = await failureOf(() => sweepOf({ one, other }, "rates.ts"));
    expect(several.message).toContain("exports 2 sweeps, one, other");
    expect(several.hint).toContain("Export one of them as the default");
    expect(several.details).toEqual({ path: "rates.ts", exports: ["one", "other"] });
  });
});
