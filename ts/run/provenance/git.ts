import { createHash } from "node:crypto";
import { findCommand, runBounded } from "../../process/index.ts";
import { holdsSecret } from "./secrets.ts";

/** What the working tree of a project was when a run began; digests, so that two runs can be compared without it. */
export interface GitState {
  readonly commit: string;
  /** Changes of tracked code since the commit; null where there are none. */
  readonly patch: {
    readonly sha256: string;
    readonly files: number;
    /** Why the patch does not lie beside the run; null where it does. */
    readonly leftOut: "secret" | "size" | null;
  } | null;
  /** Code that git does not know yet; null where there is none. */
  readonly untracked: { readonly sha256: string; readonly files: number } | null;
}

/** The state, and the patch where it may be kept. */
export interface Looked {
  readonly git: GitState;
  readonly patch: string | null;
}

/** What is code: neither data, which may name patients, nor what settings of an environment stand in. */
const code = ["*.ts", "*.mts", "*.tsx", "*.js", "*.mjs", "*.py", "package.json", "tsconfig.json"];
const maxPatchBytes = 1024 * 1024;
const maxOutputBytes = 32 * maxPatchBytes;

/** No lock is taken, no hook, pager or filter of the user's settings is run. */
const harmless = ["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

/** What git says; undefined where it does not answer with 0. */
async function asked(folder: string, args: readonly string[], input = ""): Promise<string | undefined> {
  const { exitCode, stdout } = await runBounded({
    command: "git",
    args: [...harmless, ...args],
    input: Buffer.from(input, "utf8"),
    cwd: folder,
    timeoutMs: 10_000,
    maxOutputBytes,
  });
  return exitCode === 0 ? Buffer.from(stdout).toString("utf8") : undefined;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

async function patchOf(folder: string): Promise<{ state: GitState["patch"]; text: string | null }> {
  const how = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "HEAD", "--", ...code];
  const text = (await asked(folder, how)) ?? "";
  if (text === "") return { state: null, text: null };
  const leftOut = text.length > maxPatchBytes ? "size" : holdsSecret(text) ? "secret" : null;
  const files = text.match(/^diff --git /gm)?.length ?? 0;
  return { state: { sha256: sha256(text), files, leftOut }, text: leftOut === null ? text : null };
}

async function untrackedOf(folder: string): Promise<GitState["untracked"]> {
  const listed = await asked(folder, ["ls-files", "--others", "--exclude-standard", "-z", "--", ...code]);
  const names = (listed ?? "").split("\0").filter((name) => name !== "" && !name.includes("\n"));
  if (names.length === 0) return null;
  const hashes = await asked(
    folder,
    ["hash-object", "--no-filters", "--stdin-paths"],
    `${names.join("\n")}\n`,
  );
  // A file that went meanwhile: the names alone are told.
  return { sha256: sha256(`${names.join("\n")}\n${hashes ?? ""}`), files: names.length };
}

/**
 * Looks at the project that `folder` lies in: its commit, what was changed since, and code that git does not know.
 * Nothing of it is written, and no command of the user's settings is run.
 *
 * @returns undefined where there is no git, no project or no commit, or git does not answer.
 */
export async function lookAtGit(folder: string): Promise<Looked | undefined> {
  if (findCommand("git", process.env.PATH ?? "") === undefined) return undefined;
  const [root = "", commit = ""] =
    (await asked(folder, ["rev-parse", "--show-toplevel", "--verify", "HEAD"]))?.split("\n") ?? [];
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  const patch = await patchOf(root);
  return {
    git: { commit, patch: patch.state, untracked: await untrackedOf(root) },
    patch: patch.text,
  };
}
