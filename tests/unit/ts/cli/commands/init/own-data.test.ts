import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { initDocument } from "../../../../../../ts/cli/commands/init/document.ts";
import { sourceFor } from "../../../../../../ts/data/sources/index.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { layScans } from "../../../../../support/layouts/scans.ts";
import { writeRows } from "../../../../../support/own-folder.ts";
import { walked } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { repoRoot } from "../../program.ts";

const root = temporaryFolder();
const folder = join(root, "export");
const all = [0, 1, 2, 3, 4, 5];

beforeAll(async () => {
  await layScans(
    folder,
    all.map((n) => `ct/s${n}.nii.gz`),
  );
  writeRows(folder, "reports.csv", [
    "Befund;Datei",
    ...all.map((n) => `Lunge frei, Größe ${n}.;s${n}.nii.gz`),
  ]);
  writeRows(
    folder,
    "fragen.jsonl",
    all.map((n) =>
      JSON.stringify({ scan: `ct/s${n}`, question: "Is it?", options: ["yes", "no"], answer: "B" }),
    ),
  );
});

describe("tomoe init --data", () => {
  it("writes a recipe, its tables and a page, for their owner alone, and says what it took for what", async () => {
    const dir = join(root, "project");
    const { document, text } = await call("init", dir, "--data", folder);
    const parsed = initDocument.parse(document);
    const files = [
      "DATA.md",
      "data/items.jsonl",
      "data/scans.csv",
      "experiment.ts",
      "package.json",
      "tsconfig.json",
    ];
    expect(parsed).toMatchObject({ ok: true, dir, files });
    expect(parsed.data).toMatchObject({ folder, scans: 6, unread: 0, cases: 6, items: 12 });
    expect(parsed.data?.tables.map(({ columns }) => columns)).toEqual([
      { image: "scan", question: "question", choices: "options", answer: "answer" },
      { report: "Befund", image: "Datei" },
    ]);
    for (const name of files) expect(existsSync(join(dir, name))).toBe(true);
    for (const name of ["DATA.md", "data/items.jsonl", "data/scans.csv"])
      expect(statSync(join(dir, name)).mode & 0o077).toBe(0);
    expect(text).toContain('Column "Datei" is taken for "image": 100 % of its first values name a scan.');
    expect(text).toContain("npx tomoe run experiment.ts --dry-run");
  });

  it("writes tables that the layout of one's own reads whole, with nothing wrong", async () => {
    const dir = join(root, "read");
    await call("init", dir, "--data", folder);
    const source = await sourceFor("table").open(join(dir, "data"), { scans: folder });
    const { cases, items, problems } = await walked(source);
    expect([cases.length, items.length, problems]).toEqual([6, 12, []]);
    for (const { paths } of cases) expect(existsSync(paths[0])).toBe(true);
    expect(items.filter(({ choices }) => choices !== undefined).map(({ target }) => target)).toEqual(
      all.map(() => "no"),
    );
  });

  it("writes a recipe that the compiler accepts", async () => {
    const dir = join(root, "compiled");
    await call("init", dir, "--data", folder);
    mkdirSync(join(dir, "node_modules"));
    symlinkSync(repoRoot, join(dir, "node_modules", "tomoe"));
    const options = {
      customConditions: ["tomoe-source"],
      types: ["node"],
      typeRoots: [join(repoRoot, "node_modules/@types")],
      lib: ["es2024", "esnext"],
    };
    writeFileSync(
      join(dir, "tsconfig.sources.json"),
      JSON.stringify({ extends: "./tsconfig.json", compilerOptions: options }),
    );
    const tsc = join(repoRoot, "node_modules/.bin/tsc");
    const check = spawnSync(
      tsc,
      ["--noEmit", "--pretty", "false", "-p", join(dir, "tsconfig.sources.json")],
      { encoding: "utf8" },
    );
    expect(check.stdout.split("\n").filter((line) => line.includes("experiment.ts"))).toEqual([]);
  });

  it("replaces nothing and writes nothing where one of its files is, or nothing can be trained on", async () => {
    const dir = join(root, "taken");
    mkdirSync(dir);
    writeFileSync(join(dir, "DATA.md"), "mine");
    const taken = await caught(() => call("init", dir, "--data", folder));
    expect([taken.code, taken.exitCode]).toEqual(["OUTPUT_EXISTS", 73]);
    expect([readdirSync(dir), readFileSync(join(dir, "DATA.md"), "utf8")]).toEqual([["DATA.md"], "mine"]);
    const bare = join(root, "bare");
    mkdirSync(bare);
    const empty = await caught(() => call("init", join(root, "nothing"), "--data", bare));
    expect([empty.code, existsSync(join(root, "nothing"))]).toEqual(["DATA_EMPTY", false]);
  });

  it("refuses what is no folder", async () => {
    const gone = await caught(() => call("init", join(root, "x"), "--data", join(root, "gone")));
    expect([gone.code, gone.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    const file = await caught(() => call("init", join(root, "x"), "--data", join(folder, "reports.csv")));
    expect([file.code, existsSync(join(root, "x"))]).toEqual(["PATH_NOT_FOUND", false]);
  });
});
