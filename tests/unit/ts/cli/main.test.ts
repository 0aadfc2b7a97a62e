import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { bin, onlyDocument, repoRoot, runProgram, startProgram } from "./program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-bin-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A Node older than 24 of this machine, beside the one that runs the tests. */
function olderNode(): string | undefined {
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !folder.includes("node_modules"))
    .map((folder) => join(folder, "node"));
  return found.find(
    (node) =>
      Number(
        spawnSync(node, ["-p", "process.versions.node"], {
          encoding: "utf8",
        }).stdout?.split(".")[0] ?? 99,
      ) < 24,
  );
}
const older = olderNode();
if (older === undefined)
  console.warn("skipped: there is no Node older than 24 on the PATH to start the program with");
const withOlder = older === undefined ? it.skip : it;

describe("the tomoe program", () => {
  it("answers --help and --version without loading grpc, arrow, zeromq, zod, execa or torch", async () => {
    const log = join(scratch, "log.mjs");
    writeFileSync(
      log,
      'import { registerHooks } from "node:module";\nregisterHooks({ load(url, context, next) { process.stderr.write("LOADED " + url + "\\n"); return next(url, context); } });',
    );
    for (const words of [["--help"], ["--version"], ["predict", "--help"], ["rnu"]]) {
      const { stderr } = await runProgram(words, {
        nodeFlags: ["--import", log],
      });
      const loaded = stderr.split("\n").filter((line) => line.startsWith("LOADED"));
      expect(loaded.some((line) => line.includes("ts/cli/main.ts"))).toBe(true);
      expect(
        loaded.filter((line) =>
          /grpc|arrow|zeromq|\/zod\/|execa|ts\/(run|data|worker|track|config)\//.test(line),
        ),
      ).toEqual([]);
    }
  });

  it.each([
    [["rnu", "--json"], 64, "USAGE_INVALID"],
    [["--json", "--nonsense"], 64, "USAGE_INVALID"],
    [["inspect", "--json", "--no-such-flag"], 64, "USAGE_INVALID"],
    [["inspect", "nowhere.nii", "--json=yes"], 64, "USAGE_INVALID"],
    [["--json"], 64, "USAGE_INVALID"],
    [["studio", "--json"], 64, "USAGE_INVALID"],
    [["run", "nowhere.ts", "--json"], 64, "PATH_NOT_FOUND"],
    [["runs", "show", "none", "--json"], 64, "RUN_NOT_FOUND"],
  ])(
    "%j prints one failure document on stdout, the words on stderr, and ends with %d",
    async (words, code, name) => {
      const { code: found, stdout, stderr } = await runProgram(words, { cwd: scratch });
      expect(found).toBe(code);
      expect(onlyDocument(stdout)).toEqual({
        ok: false,
        error: {
          code: name,
          message: expect.stringMatching(`^\\[${name}\\] `),
          hint: expect.any(String),
          details: expect.any(Object),
        },
      });
      expect(stderr).toMatch(new RegExp(`^error: \\[${name}\\] .+\n {2}.+\n$`, "s"));
    },
  );

  it("prints nothing on stdout when it fails without --json, and no colour into a pipe", async () => {
    const { code, stdout, stderr } = await runProgram(["rnu"]);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).not.toContain("\u001b");
  });

  it("prints the help and the version as documents with --json", async () => {
    expect(onlyDocument((await runProgram(["--version", "--json"])).stdout)).toEqual({
      ok: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    expect(onlyDocument((await runProgram(["--json", "score", "--help"])).stdout)).toEqual({
      ok: true,
      help: expect.stringContaining("tomoe score"),
    });
  });

  it("prints the JSON schema of a command's document with --schema", async () => {
    const { code, stdout } = await runProgram(["inspect", "--schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      title: "tomoe inspect --json",
      $schema: expect.any(String),
    });
  });

  it("works from any folder, through a link such as npm makes it", async () => {
    const link = join(scratch, "tomoe");
    symlinkSync(bin, link);
    const { code, stdout } = await runProgram(["--version"], {
      cwd: scratch,
      script: link,
    });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it("writes a long document whole into a pipe that is read late", async () => {
    const { child, ended } = startProgram(["inspect", "--schema"]);
    child.stdout.pause();
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.stdout.resume();
    expect(JSON.parse((await ended).stdout)).toMatchObject({
      title: "tomoe inspect --json",
    });
  });

  it("ends quietly when its reader has gone", () => {
    const run = spawnSync(
      "sh",
      ["-c", '"$1" "$2" inspect --schema | head -c 1', "sh", process.execPath, bin],
      { encoding: "utf8" },
    );
    expect([run.stdout, run.stderr]).toEqual(["{", ""]);
  });
});

describe("the tomoe program on an older Node", () => {
  withOlder(
    "starts itself again on the Node of the lockfile, and passes arguments, output and exit codes",
    async () => {
      const version = await runProgram(["--version"], { node: older ?? "" });
      expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
      const failed = await runProgram(["rnu", "--json"], { node: older ?? "" });
      expect([failed.code, onlyDocument(failed.stdout).error?.code]).toEqual([64, "USAGE_INVALID"]);
    },
  );

  withOlder("passes signals", async () => {
    writeFileSync(
      join(scratch, "hang.ts"),
      'console.log("begun");\nsetInterval(() => undefined, 1000);\nawait new Promise(() => undefined);',
    );
    const { child, ended, saying } = startProgram(["run", "hang.ts", "--json"], {
      node: older ?? "",
      cwd: scratch,
    });
    await saying("begun");
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect([code, onlyDocument(stdout).error?.code]).toEqual([143, "TERMINATED"]);
  });

  withOlder("says what to install, with exit code 78, when there is no newer one", async () => {
    const root = join(scratch, "alone");
    mkdirSync(join(root, "scripts"), { recursive: true });
    copyFileSync(bin, join(root, "scripts", "tomoe.mjs"));
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    const { code, stdout, stderr } = await runProgram(["--version", "--json"], {
      node: older ?? "",
      script: join(root, "scripts", "tomoe.mjs"),
    });
    expect(code).toBe(78);
    expect(onlyDocument(stdout).error).toMatchObject({
      code: "ENVIRONMENT",
      hint: expect.stringContaining("Install Node 24"),
    });
    expect(stderr).toContain("Tomoe needs 24 or newer");
  });
});

it("says so, with exit code 78, when the package is not whole", async () => {
  const root = join(scratch, "node_modules", "tomoe");
  mkdirSync(join(root, "scripts"), { recursive: true });
  copyFileSync(bin, join(root, "scripts", "tomoe.mjs"));
  const { code, stdout } = await runProgram(["--version", "--json"], {
    script: join(root, "scripts", "tomoe.mjs"),
  });
  expect(code).toBe(78);
  expect(onlyDocument(stdout).error?.message).toContain(join("dist", "cli", "main.js"));
});

it("is the program that package.json installs", () => {
  expect(bin).toBe(join(repoRoot, "scripts", "tomoe.mjs"));
});
