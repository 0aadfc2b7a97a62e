/** What README.md promises, taken out of it: the experiment script, the tree, the commands. */
import { repoText } from "./source-tree.ts";

export interface Fence {
  readonly language: string;
  readonly text: string;
  /** Nearest heading above. */
  readonly heading: string;
}

/** All fenced blocks of a Markdown text. */
export function fences(markdown: string): Fence[] {
  const found: Fence[] = [];
  let heading = "",
    open: { language: string; lines: string[] } | undefined;
  for (const line of markdown.split("\n")) {
    const mark = /^```(\w*)/.exec(line);
    if (mark !== null && open === undefined) open = { language: mark[1] ?? "", lines: [] };
    else if (mark !== null && open !== undefined) {
      found.push({ language: open.language, text: `${open.lines.join("\n")}\n`, heading });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else heading = /^#+\s+(.*)$/.exec(line)?.[1] ?? heading;
  }
  return found;
}

/** The one experiment script of README.md, as a user would paste it. */
export function readmeScript(): string {
  const scripts = fences(repoText("README.md")).filter(
    ({ language, text }) => language === "ts" && text.includes("defineExperiment({"),
  );
  const [script] = scripts;
  if (script === undefined || scripts.length !== 1)
    throw new Error(`README.md has ${scripts.length} experiment scripts in ts fences, one is expected`);
  return script.text;
}

/** The one sweep of README.md, which imports the experiment script. */
export function readmeSweep(): string {
  const [sweep, ...others] = fences(repoText("README.md")).filter(
    ({ language, text }) => language === "ts" && text.includes("defineSweep("),
  );
  if (sweep === undefined || others.length > 0)
    throw new Error("README.md shows no sweep in a ts fence, or several");
  return sweep.text;
}

/**
 * Paths of the tree under the heading "The tree", from the root; folders end in "/". Two blanks of indent a
 * level.
 */
export function readmeTree(): string[] {
  const tree = fences(repoText("README.md")).find(({ heading }) => heading === "The tree");
  const parents: string[] = [];
  return (tree?.text ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const depth = (/^ */.exec(line)?.[0].length ?? 0) / 2;
      const name = line.trim().split(/\s/)[0] ?? "";
      parents.length = depth;
      const path = `${parents.join("")}${name}`;
      parents.push(name);
      return path;
    });
}

/**
 * Command lines that a Markdown text shows, in code spans and shell fences: each a list of words. Comments
 * are left out.
 */
export function shownCommands(markdown: string): string[][] {
  const spans = [...markdown.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(
    (match) => match[1] ?? "",
  );
  const shell = fences(markdown)
    .filter(({ language }) => ["sh", "bash", "shell", "console"].includes(language))
    .flatMap(({ text }) => text.replaceAll(/\\\n/g, " ").split("\n"));
  return [...spans, ...shell]
    .flatMap((line) => line.replace(/\s#.*$/, "").split(/&&|;/))
    .map((line) => line.trim().replace(/^\$ /, ""))
    .filter((line) => /^(?:npx |npm |tomoe )/.test(line))
    .map((line) => [...line.matchAll(/"[^"]*"|'[^']*'|\S+/g)].map((match) => match[0]));
}
