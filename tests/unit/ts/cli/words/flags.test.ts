import type { CommandSpec } from "../../../../../ts/cli/words/command.ts";
import { parseCall } from "../../../../../ts/cli/words/flags.ts";
import { failureOf } from "../program.ts";

const command: CommandSpec = {
  name: "predict",
  summary: "s",
  examples: [],
  arguments: [
    { name: "SCAN", isRequired: true, doc: "a CT" },
    { name: "OTHER", isRequired: false, doc: "more" },
  ],
  flags: [
    {
      name: "run",
      kind: "text",
      argument: "RUN",
      isRequired: true,
      doc: "the run",
    },
    { name: "question", kind: "text", argument: "Q", isMany: true, doc: "q" },
    { name: "choices", kind: "text", argument: "A|B", isMany: true, doc: "c" },
    { name: "report", kind: "switch", doc: "r" },
    { name: "seed", kind: "integer", argument: "N", doc: "n" },
    {
      name: "device",
      kind: "choice",
      choices: ["auto", "cpu", "cuda"],
      doc: "d",
    },
    {
      name: "window",
      kind: "numbers",
      count: 2,
      argument: "low,high",
      doc: "w",
    },
  ],
  load: async () => async () => ({ document: { ok: true }, text: "" }),
  schema: async () => ({}),
};
const problemsOf = async (...words: string[]) =>
  (await failureOf(() => parseCall(command, words))).details.problems;

describe("the flags of a command", () => {
  it("are read with their values, and keep the order they stood in", () => {
    const { arguments: positionals, flags } = parseCall(command, [
      "--question",
      "first?",
      "scan.nii",
      "--choices=a|b",
      "--run",
      "latest",
      "--question",
      "second?",
      "--report",
      "--seed",
      "-3",
      "--window",
      "-1000,400",
    ]);
    expect(positionals).toEqual(["scan.nii"]);
    expect(flags.given.filter(({ name }) => name === "question" || name === "choices")).toEqual([
      { name: "question", value: "first?" },
      { name: "choices", value: "a|b" },
      { name: "question", value: "second?" },
    ]);
    expect([
      flags.text("run"),
      flags.has("report"),
      flags.has("json"),
      flags.integer("seed"),
      flags.numbers("window"),
      flags.all("question"),
    ]).toEqual(["latest", true, false, -3, [-1000, 400], ["first?", "second?"]]);
  });

  it("take every word after -- as an argument", () => {
    expect(parseCall(command, ["--run", "r", "--", "--odd-name.nii"]).arguments).toEqual(["--odd-name.nii"]);
  });

  it.each([
    [["s", "--run", "r", "--quesion", "x"], 'there is no flag --quesion, did you mean "--question"?'],
    [["s", "--run", "r", "--xyzzy"], "there is no flag --xyzzy"],
    [["s", "--run", "r", "-x"], "there is no flag -x"],
    [["s", "--run"], "--run needs a value: --run RUN"],
    [
      ["s", "--run", "--report"],
      "--run needs a value, found the flag --report (write --run=--report when that is the value)",
    ],
    [["s", "--run", "a", "--run", "b"], "--run stands twice"],
    [["s", "--run="], "--run is empty"],
    [["s", "--run", "r", "--report=yes"], '--report takes no value, found "yes"'],
    [["s", "--run", "r", "--json=1"], '--json takes no value, found "1"'],
    [["s", "--run", "r", "--seed", "1.5"], '--seed must be a whole number, found "1.5"'],
    [
      ["s", "--run", "r", "--seed", "99999999999999999999"],
      '--seed must be a whole number, found "99999999999999999999"',
    ],
    [["s", "--run", "r", "--device", "gpu"], '--device must be one of auto, cpu, cuda, found "gpu"'],
    [
      ["s", "--run", "r", "--device", "cuda0"],
      '--device must be one of auto, cpu, cuda, found "cuda0", did you mean "cuda"?',
    ],
    [["s", "--run", "r", "--window", "1"], '--window must be 2 numbers as low,high, found "1"'],
    [["s", "--run", "r", "--window", "1,x"], '--window must be 2 numbers as low,high, found "1,x"'],
    [["s", "--run", "r", "--window", "1,"], '--window must be 2 numbers as low,high, found "1,"'],
    [["--run", "r"], "SCAN is missing (a CT)"],
    [["s"], "--run is missing (the run)"],
    [["s", "o", "third", "--run", "r"], '"third" is one argument too many'],
  ])("refuse %j, saying what is wrong", async (words, problem) => {
    const refused = await failureOf(() => parseCall(command, words));
    expect(refused.code).toBe("USAGE_INVALID");
    expect(refused.exitCode).toBe(64);
    expect(refused.message).toContain(problem);
    expect(refused.hint).toContain("tomoe predict --help");
  });

  it("are refused with every problem at once", async () => {
    expect(await problemsOf("--seed", "x", "--nope", "a", "b", "c")).toEqual([
      '--seed must be a whole number, found "x"',
      "there is no flag --nope",
      '"c" is one argument too many',
      "--run is missing (the run)",
    ]);
  });

  it("need nothing else where only help or the schema is asked for", () => {
    expect(parseCall(command, ["--help"]).flags.has("help")).toBe(true);
    expect(parseCall(command, ["-h"]).flags.has("help")).toBe(true);
    expect(parseCall(command, ["--schema"]).flags.has("schema")).toBe(true);
  });
});
