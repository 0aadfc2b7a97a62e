import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyVoxels } from "../support/body-voxels.ts";
import { niftiFile } from "../support/nifti-file.ts";
import { readmeScript } from "../support/readme.ts";
import { repoRoot } from "../support/source-tree.ts";

const work = mkdtempSync(join(tmpdir(), "tomoe-package-"));
const project = join(work, "project"),
  home = join(project, "node_modules/tomoe");
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Ended {
  const { status, stdout, stderr } = spawnSync(command, [...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

/** The packed files in an empty project, the packages they depend on beside them as npm would lay them. */
beforeAll(() => {
  const built = start(process.execPath, [join(repoRoot, "scripts/build.mjs")], repoRoot);
  if (built.status !== 0) throw new Error(`build ended with ${built.status}:\n${built.stderr}`);
  const packed = start("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], repoRoot);
  const [{ filename }] = JSON.parse(packed.stdout);
  mkdirSync(home, { recursive: true });
  const unpacked = start("tar", ["-xzf", join(work, filename), "--strip-components=1", "-C", home], work);
  if (unpacked.status !== 0) throw new Error(unpacked.stderr);
  const dependencies = Object.keys(JSON.parse(readFileSync(join(home, "package.json"), "utf8")).dependencies);
  for (const name of [
    ...dependencies,
    ...readdirSync(join(repoRoot, "node_modules")).filter((entry) => entry.startsWith("node-linux-")),
  ]) {
    mkdirSync(join(project, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(repoRoot, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(project, "experiment.ts"), readmeScript());
  writeFileSync(
    join(project, "readers.ts"),
    'import { readVolume } from "tomoe/data";\n\nexport const shapeOf = async (path: string): Promise<readonly number[]> => (await readVolume(path)).shapeDHW;\n',
  );
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2024",
        lib: ["es2024", "esnext"],
        module: "nodenext",
        strict: true,
        noEmit: true,
        types: ["node"],
      },
      include: ["*.ts"],
    }),
  );
});

// The compiler that the package brings along: a user's folder has no other.
const tsc = (cwd = project): Ended =>
  start(process.execPath, [join(project, "node_modules/typescript/bin/tsc"), "--noEmit"], cwd);
const tomoe = (args: readonly string[], cwd = project): Ended =>
  start(process.execPath, [join(home, "scripts/tomoe.mjs"), ...args], cwd);

describe("the packed package in a project that knows nothing of this repository", () => {
  it("holds built JavaScript, declarations, the worker and set-up, and no sources or tests", () => {
    for (const path of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/data/index.d.ts",
      "dist/cli/main.js",
      "py-runtime/tomoe_worker/__main__.py",
      "scripts/setup.mjs",
      "py-runtime/requirements.lock",
    ])
      expect(existsSync(join(home, path))).toBe(true);
    for (const path of ["tests", ".venv", "dist/python", "dist/bench"])
      expect(existsSync(join(home, path))).toBe(false);
    // Of the sources only the page of options, which is for people.
    expect(readdirSync(join(home, "ts"), { recursive: true })).toEqual(["schema", "schema/REFERENCE.md"]);
  });

  it("gives types to a user's experiment and to the readers, strictly and without skipLibCheck", () => {
    const run = tsc();
    expect(run.stdout).toBe("");
    expect(run.status).toBe(0);
  });

  it("has init write a folder that type-checks, resolves, and does not compile with a wrong metric, component or range", () => {
    const made = join(project, "made");
    expect(tomoe(["init", "made"]).status).toBe(0);
    expect(tsc(made)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(JSON.parse(tomoe(["run", "chest-ct.ts", "--dry-run", "--json"], made).stdout)).toMatchObject({
      ok: true,
      name: "chest-ct",
    });
    const recipe = readFileSync(join(made, "chest-ct.ts"), "utf8");
    const mistakes = [
      ['metrics: ["accuracy"]', 'metrics: ["rouge1"]'],
      ['"tokenRouter", "projector"', '"tokenRoutr", "projector"'],
      ["topK: 2", "topK: 9"],
      ["steps: 40", "steps: -1"],
    ] as const;
    mistakes.forEach(([right, wrong], number) => {
      writeFileSync(join(made, `wrong-${number}.ts`), recipe.replace(right, wrong));
    });
    const wrong = tsc(made);
    expect(wrong.status).not.toBe(0);
    expect([...new Set(wrong.stdout.match(/^[\w-]+\.ts/gm))].sort()).toEqual(
      mistakes.map((_, number) => `wrong-${number}.ts`),
    );
  });

  it("has init show where one's own scans go: with the folder it describes in the place of null, the experiment runs on them", () => {
    const made = join(project, "own-scans"),
      data = join(made, "data/chest-ct");
    expect(tomoe(["init", "own-scans"]).status).toBe(0);
    const recipe = readFileSync(join(made, "chest-ct.ts"), "utf8");
    mkdirSync(join(data, "scans"), { recursive: true });
    // The files as its comments show them, the row of the case once for training and once held out.
    const shown = recipe
      .split("\n")
      .flatMap((line) => /^\/\/ +(?:\S+\.jsonl? +)?(\{.*\})$/.exec(line)?.[1] ?? []);
    const [manifest = "", aCase = "", ...items] = shown;
    const held = (line: string): string =>
      line
        .replaceAll('"c1', '"c2')
        .replace('"p1"', '"p2"')
        .replace("c1.nii.gz", "c2.nii.gz")
        // Another scan with another report: the same ones on both sides would be refused as a leak.
        .replace("The lungs are clear.", "There is a lesion in the liver.")
        .replace('"train"', '"test"');
    writeFileSync(
      join(data, "manifest.json"),
      manifest.replace('"cases":1,"items":2', '"cases":2,"items":4'),
    );
    writeFileSync(join(data, "cases.jsonl"), `${aCase}\n${held(aCase)}\n`);
    writeFileSync(
      join(data, "items.jsonl"),
      [...items, ...items.map(held)].map((line) => `${line}\n`).join(""),
    );
    for (const seed of [1, 2])
      writeFileSync(
        join(data, `scans/c${seed}.nii.gz`),
        niftiFile({ dims: [40, 40, 24], values: bodyVoxels(40, 40, 24, seed), gzip: true }),
      );
    writeFileSync(
      join(made, "chest-ct.ts"),
      recipe.replace("string | null = null", 'string | null = "data/chest-ct"'),
    );
    const steps = [
      "stages.shared.steps=2",
      "stages.specific.steps=2",
      "stages.shared.volumesPerStep=1",
      "stages.specific.volumesPerStep=1",
    ].flatMap((value) => ["--set", value]);
    const ended = start(
      process.execPath,
      [join(home, "scripts/tomoe.mjs"), "run", "chest-ct.ts", "--json", ...steps],
      made,
      { TOMOE_PYTHON: join(repoRoot, ".venv/bin/python") },
    );
    expect([ended.status, ended.stderr.slice(-500)]).toEqual([0, expect.anything()]);
    expect(
      JSON.parse(ended.stdout).scorecard.map(
        (entry: { readonly task: string; readonly clusters: number }) => [entry.task, entry.clusters],
      ),
    ).toEqual(
      expect.arrayContaining([
        ["report", 1],
        ["closed-vqa", 1],
      ]),
    );
  });

  it("answers --version and resolves the experiment from the user's folder", () => {
    expect(tomoe(["--version"]).stdout).toContain(
      JSON.parse(readFileSync(join(home, "package.json"), "utf8")).version,
    );
    const run = tomoe(["run", "experiment.ts", "--dry-run", "--json"]);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true });
    expect(run.status).toBe(0);
  });

  it("looks for the Python side in the user's cache folder and says how it is made", () => {
    const run = start(process.execPath, [join(home, "scripts/setup.mjs"), "--check", "--json"], project, {
      XDG_CACHE_HOME: join(work, "cache"),
      TOMOE_PYTHON: "",
    });
    const { error } = JSON.parse(run.stdout);
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toContain(join(work, "cache", "tomoe"));
    expect(error.hint).toBe("Run: npx tomoe setup");
    expect(run.status).toBe(78);
  });
});

describe("the worker's wheel", () => {
  it("holds every module of the worker and the descriptor set", () => {
    const folder = join(repoRoot, "dist/python");
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "";
    const list = start(
      join(repoRoot, ".venv/bin/python"),
      ["-m", "zipfile", "-l", join(folder, wheel)],
      work,
    );
    for (const path of [
      "tomoe_worker/__main__.py",
      "tomoe_worker/server/calls/service.py",
      "tomoe_worker/model/lift/moe.py",
      "tomoe_worker/server/gen/tomoe_v1.binpb",
    ])
      expect(list.stdout).toContain(path);
    expect(list.stdout).not.toContain("__pycache__");
  });
});
