import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { commands } from "../../ts/cli/commands/index.ts";
import { everyCommandFlags } from "../../ts/cli/words/command.ts";
import { notYetCommands } from "../../ts/cli/words/not-yet.ts";
import { fences, readmeTree, shownCommands } from "../support/readme.ts";
import { listed, repoFiles, repoRoot, repoText } from "../support/source-tree.ts";

const documents = repoFiles().filter((path) => path.endsWith(".md"));
const scripts: Readonly<Record<string, string>> = JSON.parse(repoText("package.json")).scripts;
const folders = new Set(
  repoFiles().flatMap((path) =>
    path
      .split("/")
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join("/")),
  ),
);

describe("folder pages", () => {
  it("stand in every folder of the source, and in the top-level ones", () => {
    const wanted = [...folders].filter((folder) =>
      /^(?:ts|proto|scripts|tests|py-runtime)$|^ts\/[^/]+$|^py-runtime\/tomoe_worker\/[^/]+$/.test(folder),
    );
    expect(wanted.length).toBeGreaterThan(15);
    expect(
      listed(
        wanted
          .filter((folder) => !documents.includes(`${folder}/README.md`))
          .map((folder) => `${folder}/README.md is missing`),
      ),
    ).toBe("");
  });

  it("have at most 40 lines", () => {
    const long = documents
      .filter((path) => path.endsWith("/README.md"))
      .map((path) => [path, repoText(path).trimEnd().split("\n").length] as const)
      .filter(([, lines]) => lines > 40);
    expect(listed(long.map(([path, lines]) => `${path} has ${lines} lines`))).toBe("");
  });

  it("import only what is exported in their examples", () => {
    const problems = documents.flatMap((path) =>
      fences(repoText(path))
        .filter(({ language }) => language === "ts")
        .flatMap(({ text }) =>
          [...text.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"([^"]+)"/g)].flatMap((match) => {
            const source = match[2] ?? "";
            const door =
              source === "tomoe"
                ? "ts/index.ts"
                : source === "tomoe/data"
                  ? "ts/data/index.ts"
                  : source.startsWith("../")
                    ? posix.join(posix.dirname(path), source)
                    : undefined;
            if (door === undefined) return [];
            if (!repoFiles().includes(door)) return [`${path} imports from ${source}, which is not there`];
            const exported = new Set(
              [...repoText(door).matchAll(/export\s+(?:type\s+)?\{([^}]*)\}/g)]
                .flatMap((list) => (list[1] ?? "").split(","))
                .map((name) =>
                  name
                    .replace(/^\s*type\s+/, "")
                    .split(" as ")
                    .at(-1)
                    ?.trim(),
                ),
            );
            for (const own of repoText(door).matchAll(
              /export\s+(?:declare\s+)?(?:async\s+)?(?:const|let|function\*?|class|type|interface)\s+(\w+)/g,
            ))
              exported.add(own[1]);
            const names = (match[1] ?? "")
              .split(",")
              .map(
                (name) =>
                  name
                    .replace(/^\s*type\s+/, "")
                    .split(" as ")[0]
                    ?.trim() ?? "",
              )
              .filter((name) => name !== "");
            return names
              .filter((name) => !exported.has(name))
              .map((name) => `${path} imports ${name}, which ${door} does not export`);
          }),
        ),
    );
    expect(listed(problems)).toBe("");
  });
});

describe("paths in prose", () => {
  // Files of the user's, and of a run folder, that pages speak of.
  const elsewhere = /^(?:chest-ct\.ts|my-\w+\.ts|experiment\.ts|[A-Z]+\.ts)$/;
  const looksLikePath =
    /^(?:\.ci|ts|tests|scripts|proto|py-runtime)\/[\w./-]*$|^[\w./-]+\.(?:ts|mjs|py|proto)$/;

  it("exist", () => {
    const problems = documents.flatMap((path) => {
      const prose = repoText(path).replaceAll(/^```[\s\S]*?^```/gm, "");
      const here = posix.dirname(path);
      return (
        [...prose.matchAll(/`([^`\s]+)`/g)]
          .map((match) => match[1] ?? "")
          .filter((span) => looksLikePath.test(span) && !elsewhere.test(span))
          .filter(
            (span) =>
              ![span, posix.join(here, span)].some((candidate) => existsSync(join(repoRoot, candidate))),
          )
          // A page may name a file by the end of its path alone.
          .filter((span) => !repoFiles().some((file) => file.endsWith(`/${span}`)))
          .map((span) => `${path} names ${span}`)
      );
    });
    expect(listed(problems)).toBe("");
  });

  it("that are links lead somewhere", () => {
    const problems = documents.flatMap((path) =>
      [...repoText(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? "")
        .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(repoRoot, posix.dirname(path), link)))
        .map((link) => `${path} links to ${link}`),
    );
    expect(listed(problems)).toBe("");
  });
});

describe("the table of faults in ARCHITECTURE.md", () => {
  const rows = (repoText("ARCHITECTURE.md").split("\n## Faults\n")[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => /^\| \d/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

  it("has every row that one machine can show", () => {
    expect(rows.map(([, number]) => Number(number))).toEqual([
      ...Array.from({ length: 22 }, (_, index) => index + 1),
      25,
      26,
      27,
      28,
      29,
      30,
    ]);
  });

  it("names a test that is there for each", () => {
    const problems = rows.flatMap(([, number, , , shown = ""]) => {
      const [, path = "", title = ""] = /^`([^`]+)`: (.+)$/.exec(shown) ?? [];
      return repoFiles().includes(path) && title !== "" && repoText(path).includes(title)
        ? []
        : [`row ${number}: ${shown}`];
    });
    expect(listed(problems)).toBe("");
  });
});

describe("commands in prose", () => {
  it("of npm are scripts of package.json, and each script's file exists", () => {
    const shown = documents.flatMap((path) =>
      shownCommands(repoText(path))
        .filter(([tool]) => tool === "npm")
        .map((words) => [path, words] as const),
    );
    expect(shown.length).toBeGreaterThan(3);
    const native = new Set(["install", "ci", "pack"]);
    const problems = shown
      .filter(([, words]) => {
        const [, verb = "", name = ""] = words;
        return verb === "run"
          ? scripts[name] === undefined
          : ["start", "test"].includes(verb)
            ? scripts[verb] === undefined
            : !native.has(verb);
      })
      .map(([path, words]) => `${path}: ${words.join(" ")}`);
    const files = Object.values(scripts)
      .map((line) => line.split(" ")[1] ?? "")
      .filter((file) => !existsSync(join(repoRoot, file)));
    expect(listed([...problems, ...files.map((file) => `package.json names ${file}`)])).toBe("");
  });

  it("of tomoe are commands with flags that it knows", () => {
    const shown = documents
      .filter((path) => path !== "ARCHITECTURE.md")
      .flatMap((path) =>
        shownCommands(repoText(path))
          .map((words) => [path, words[0] === "npx" ? words.slice(1) : words] as const)
          .filter(([, words]) => words[0] === "tomoe"),
      );
    expect(shown.length).toBeGreaterThan(5);
    const problems = shown.flatMap(([path, [, ...words]]) => {
      const line = `${path}: tomoe ${words.join(" ")}`;
      if (words.length === 0 || ["--help", "--version"].includes(words[0] ?? "")) return [];
      const spec =
        commands.find(({ name }) => name === `${words[0]} ${words[1]}`) ??
        commands.find(({ name }) => name === words[0]);
      if (spec === undefined)
        return (notYetCommands as readonly string[]).includes(words.slice(0, 2).join(" ")) ||
          (notYetCommands as readonly string[]).includes(words[0] ?? "")
          ? [`${line}: not in this version`]
          : [`${line}: no such command`];
      const known = [...spec.flags, ...everyCommandFlags].map(({ name }) => `--${name}`);
      return words
        .filter((word) => word.startsWith("--"))
        .map((word) => word.split("=")[0] ?? "")
        .filter((flag) => !known.includes(flag))
        .map((flag) => `${line}: no flag ${flag}`);
    });
    expect(listed(problems)).toBe("");
  });

  it("of README.md cover every command that there is", () => {
    const readme = repoText("README.md");
    expect(listed(commands.map(({ name }) => `tomoe ${name}`).filter((name) => !readme.includes(name)))).toBe(
      "",
    );
  });
});

describe("the tree of README.md", () => {
  it("names only what is on disk", () => {
    const tree = readmeTree();
    expect(tree.length).toBeGreaterThan(20);
    expect(
      listed(
        tree.filter((path) =>
          path.endsWith("/") ? !folders.has(path.slice(0, -1)) : !repoFiles().includes(path),
        ),
      ),
    ).toBe("");
  });

  it("names every folder of the source", () => {
    const tree = readmeTree();
    const wanted = [...folders].filter((folder) =>
      /^(?:proto|scripts|tests|ts|py-runtime)$|^ts\/[^/]+$|^py-runtime\/tomoe_worker(?:\/[^/]+)?$|^tests\/[^/]+$/.test(
        folder,
      ),
    );
    // A line may stand for a path of several folders: proto/tomoe/v1/.
    expect(listed(wanted.filter((folder) => !tree.some((path) => path.startsWith(`${folder}/`))))).toBe("");
  });
});
