// What the compiler and an editor say of a script that a user would write: the program itself, on files of a
// temporary folder that import the builders by their place in the repository.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repoRoot } from "./source-tree.ts";

const tsc = join(repoRoot, "node_modules/.bin/tsc");

/** The text of a script that imports `names` from a module of the repository. */
export function importing(names: readonly string[], module: string, body: string): string {
  return `import { ${names.join(", ")} } from ${JSON.stringify(join(repoRoot, module))};\n${body}\n`;
}

function project(text: string): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-compiler-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(folder, "script.ts"), text);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(repoRoot, "tsconfig.json"),
      compilerOptions: {
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
        typeRoots: [join(repoRoot, "node_modules/@types")],
      },
      include: ["script.ts"],
      exclude: [],
    }),
  );
  return { folder, file: join(folder, "script.ts") };
}

/** One error, with the lines that the compiler prints of it. */
export interface CompileError {
  /** From 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** Every error the compiler finds in the script. */
export function compileErrors(text: string): readonly CompileError[] {
  const { folder } = project(text);
  try {
    const run = spawnSync(tsc, ["--noEmit", "-p", "."], { cwd: folder, encoding: "utf8" });
    const errors: { line: number; lines: string[] }[] = [];
    for (const line of run.stdout.split("\n").filter((one) => one !== "")) {
      const at = /^script\.ts\((\d+),\d+\): /.exec(line)?.[1];
      if (at !== undefined) errors.push({ line: Number(at), lines: [line] });
      else if (errors.length === 0) throw new Error(`the compiler says: ${run.stdout}`);
      else errors.at(-1)?.lines.push(line);
    }
    return errors;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly result?: { readonly contents?: { readonly value: string } } | null;
}

/** Reads the messages of a language server: a header that says how long each is, then JSON. */
function readMessages(server: ChildProcess, onMessage: (message: Answer) => void): void {
  let held = Buffer.alloc(0);
  server.stdout?.on("data", (part: Buffer) => {
    held = Buffer.concat([held, part]);
    for (;;) {
      const end = held.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/.exec(held.subarray(0, end).toString())?.[1]);
      if (end < 0 || held.length < end + 4 + length) return;
      const message: Answer = JSON.parse(held.subarray(end + 4, end + 4 + length).toString());
      held = held.subarray(end + 4 + length);
      onMessage(message);
    }
  });
}

/** What an editor shows over each of `words`, where it first stands in the script. */
export function hovers(text: string, words: readonly string[]): Promise<readonly string[]> {
  const { folder, file } = project(text);
  const server = spawn(tsc, ["--lsp", "-stdio"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  const uri = pathToFileURL(file).href;
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const placeOf = (word: string): { readonly line: number; readonly character: number } => {
    // Behind the line that imports, whose path may hold any word.
    const body = text.indexOf("\n");
    const found = body + text.slice(body).search(new RegExp(`\\b${word}\\b`));
    const before = text.slice(0, found).split("\n");
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };
  const ask = (): void => {
    send({ method: "initialized", params: {} });
    const textDocument = { uri, languageId: "typescript", version: 1, text };
    send({ method: "textDocument/didOpen", params: { textDocument } });
    words.forEach((word, at) => {
      const params = { textDocument: { uri }, position: placeOf(word) };
      send({ id: at + 1, method: "textDocument/hover", params });
    });
  };
  return new Promise<readonly string[]>((resolve, reject) => {
    const shown = new Map<number, string>();
    readMessages(server, ({ id, method, result }) => {
      if (id === 0 && method === undefined) ask();
      else if (id !== undefined && method !== undefined) send({ id, result: null });
      else if (id !== undefined) shown.set(id, result?.contents?.value ?? "");
      if (shown.size === words.length) resolve(words.map((_word, at) => shown.get(at + 1) ?? ""));
    });
    server.on("error", reject);
    server.on("close", (code) => reject(new Error(`the language server ended with ${code}`)));
    const hover = { contentFormat: ["markdown"] };
    const capabilities = { textDocument: { hover } };
    send({ id: 0, method: "initialize", params: { processId: null, rootUri: null, capabilities } });
  }).finally(() => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
}
