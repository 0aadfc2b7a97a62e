import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface CliResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliCall {
  readonly child: ChildProcess;
  readonly done: Promise<CliResult>;
  /** Resolves when a line of stderr matches; rejects when the command ends before. */
  line(pattern: RegExp): Promise<string>;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * A command line that ends by running the rest of its words, e.g. "nsenter ...": the call runs under it.
   */
  readonly under?: readonly string[];
}

/** Starts `tomoe` as a user's shell would; nothing is shared with this process. */
export function startTomoe(args: readonly string[], options: CliOptions): CliCall {
  const [program = process.execPath, ...words] = [
    ...(options.under ?? []),
    process.execPath,
    join(repository, "scripts/tomoe.mjs"),
    ...args,
  ];
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "",
    stderr = "";
  const waiting: {
    readonly pattern: RegExp;
    readonly give: (line: string) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const waiter of [...waiting]) {
      const found = stderr.split(/\r?\n|\r/).find((candidate) => waiter.pattern.test(candidate));
      if (found === undefined) continue;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.give(found);
    }
  });
  const done = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const waiter of waiting)
        waiter.fail(
          new Error(`tomoe ended with ${code ?? signal} before a line matched ${waiter.pattern}:\n${stderr}`),
        );
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    child,
    done,
    line: (pattern) =>
      new Promise((give, fail) => {
        const found = stderr.split(/\r?\n|\r/).find((candidate) => pattern.test(candidate));
        if (found === undefined) waiting.push({ pattern, give, fail });
        else give(found);
      }),
  };
}

export async function tomoe(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return await startTomoe(args, options).done;
}
