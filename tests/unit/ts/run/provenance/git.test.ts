import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lookAtGit } from "../../../../../ts/run/provenance/git.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let projects = 0;

interface Project {
  readonly dir: string;
  git(...words: readonly string[]): string;
  write(path: string, text: string): void;
}

/** A project with one commit of a recipe, a table and a script. */
function project(): Project {
  const dir = join(root, `project-${projects++}`);
  mkdirSync(dir);
  const git = (...words: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Canary Name", "-c", "user.email=canary@example.org", ...words], {
      cwd: dir,
      encoding: "utf8",
    });
  const write = (path: string, text: string): void => {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  git("init", "--quiet");
  write("recipes/a.ts", "export const rate = 1;\n");
  write("patients.csv", "id,name\n1,x\n");
  write("tools/prepare.py", "print(1)\n");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  return { dir, git, write };
}

const look = async ({ dir }: Pick<Project, "dir">) => {
  const found = await lookAtGit(dir);
  if (found === undefined) throw new Error("no git");
  return found;
};

describe("the state of git", () => {
  it("of a project as it was committed is its commit alone", async () => {
    const one = project();
    expect(await look(one)).toEqual({
      git: { commit: one.git("rev-parse", "HEAD").trim(), patch: null, untracked: null },
      patch: null,
    });
    expect((await look({ dir: join(one.dir, "recipes") })).git).toEqual((await look(one)).git);
  });

  it("of changed code is the patch that makes it from the commit, from wherever it is asked", async () => {
    const one = project();
    one.write("recipes/a.ts", "export const rate = 2;\n");
    one.write("tools/prepare.py", "print(2)\n");
    one.git("add", "tools/prepare.py");
    const { git, patch } = await look(one);
    expect(git.patch).toEqual({
      sha256: createHash("sha256")
        .update(patch ?? "")
        .digest("hex"),
      files: 2,
      leftOut: null,
    });
    expect(await look({ dir: join(one.dir, "recipes") })).toEqual({ git, patch });
    one.git("reset", "--quiet", "--hard");
    writeFileSync(join(root, "changes.patch"), patch ?? "");
    one.git("apply", join(root, "changes.patch"));
    expect((await look(one)).git.patch).toEqual(git.patch);
  });

  it("has no word of data, of who commits, or of where the project lies", async () => {
    const one = project();
    one.write("patients.csv", "id,name\n1,canary\n");
    one.write("notes.txt", "canary\n");
    one.write(".env", "KEY=canary\n");
    one.write("recipes/a.ts", "export const rate = 3;\n");
    const told = JSON.stringify(await look(one));
    expect(told).not.toMatch(/canary/i);
    expect(told).not.toContain(root);
    expect((await look(one)).git).toMatchObject({ patch: { files: 1 }, untracked: null });
  });

  it("counts code that git does not know, ignored code left out, and sees it change", async () => {
    const one = project();
    one.write(".gitignore", "runs/\n");
    one.write("runs/x.ts", "ignored\n");
    one.write("recipes/b.ts", "export const b = 1;\n");
    const first = (await look(one)).git.untracked;
    expect(first).toMatchObject({ files: 1 });
    expect((await look(one)).git.untracked).toEqual(first);
    one.write("recipes/b.ts", "export const b = 2;\n");
    const second = (await look(one)).git.untracked;
    expect(second?.sha256).not.toBe(first?.sha256);
    one.write("recipes/with a blank.ts", "");
    expect((await look(one)).git.untracked).toMatchObject({ files: 2 });
  });

  it("keeps no patch that holds a secret or is too large, only its digest and why", async () => {
    const one = project();
    one.write("recipes/a.ts", `const pass${"word"} = "hunter2hunter2";\n`);
    const secret = await look(one);
    expect(secret.patch).toBeNull();
    expect(secret.git.patch).toMatchObject({ files: 1, leftOut: "secret" });
    one.write("recipes/a.ts", `${"// a long line of a comment\n".repeat(60_000)}`);
    expect(await look(one)).toMatchObject({ patch: null, git: { patch: { leftOut: "size" } } });
  });

  it("runs nothing that the project's settings name, and writes nothing", async () => {
    const one = project();
    const trap = join(root, "trap");
    one.write(".gitattributes", "*.ts diff=trap\n");
    one.git("config", "diff.trap.textconv", `touch ${trap}; cat`);
    one.git("config", "diff.external", `touch ${trap}`);
    one.git("config", "core.fsmonitor", `touch ${trap}`);
    one.write("recipes/a.ts", "export const rate = 4;\n");
    const index = join(one.dir, ".git", "index");
    const before = statSync(index).mtimeMs;
    expect((await look(one)).git.patch?.files).toBe(1);
    expect(existsSync(trap)).toBe(false);
    expect(statSync(index).mtimeMs).toBe(before);
  });

  it("is not there without a project, without a commit, and where the project is broken", async () => {
    const outside = join(root, "outside");
    mkdirSync(outside);
    expect(await lookAtGit(outside)).toBeUndefined();
    execFileSync("git", ["init", "--quiet"], { cwd: outside });
    expect(await lookAtGit(outside)).toBeUndefined();
    const one = project();
    rmSync(join(one.dir, ".git", "HEAD"));
    expect(await lookAtGit(one.dir)).toBeUndefined();
  });
});
