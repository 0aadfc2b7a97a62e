// What the commands over past runs print and refuse: the keys and exit codes that scripts rely on.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../ts/cli/commands/index.ts";
import type { TomoeError } from "../../ts/errors.ts";
import { call } from "../support/call.ts";
import { caught } from "../support/caught.ts";
import { pastRun } from "../support/past-runs.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();
const runsDir = join(folder, "runs");
const place = ["--runs", runsDir];
let a = "";
let b = "";

beforeAll(async () => {
  a = await pastRun(runsDir, { seed: 1, right: { of: 20, count: 5 }, loss: 2, tags: { arm: "x" } });
  b = await pastRun(runsDir, { seed: 2, right: { of: 20, count: 15 }, loss: 1, environment: { torch: "3" } });
});

const names = commands.map(({ name }) => name);
const keysOf = (value: unknown): readonly string[] => Object.keys(value as object).sort();

describe("the document of a command over past runs", () => {
  it("of ls names state, owner, tags, checkpoints and bytes of each run", async () => {
    const { document } = await call("runs", "ls", ...place);
    expect(keysOf(document)).toEqual(["ok", "runs", "runsDir"]);
    const [run] = document.runs as readonly object[];
    expect(keysOf(run)).toEqual(
      [
        "attempt",
        "bytes",
        "checkpoints",
        "createdAt",
        "dir",
        "endedAt",
        "experimentName",
        "owner",
        "reason",
        "resume",
        "runId",
        "seed",
        "status",
        "tags",
      ].sort(),
    );
  });

  it("of why is gap and causes, as the page of the command line has them", async () => {
    const { document } = await call("why", a, b, ...place);
    const { gap, causes } = document as Record<string, readonly object[]>;
    for (const entry of gap ?? [])
      expect(keysOf(entry)).toEqual([
        "a",
        "b",
        "ciHigh",
        "ciLow",
        "difference",
        "metric",
        "paired",
        "separable",
        "task",
      ]);
    expect(gap?.length).toBeGreaterThan(0);
    for (const cause of causes ?? []) expect(keysOf(cause)).toEqual(["a", "b", "kind", "path"]);
    expect(causes?.map((cause) => (cause as { kind: string }).kind)).toEqual(["seed", "environment"]);
  });

  it("is JSON to the last value: what is not finite is a word, what is not there is null", async () => {
    const bare = await pastRun(runsDir, { loss: Number.POSITIVE_INFINITY });
    for (const words of [
      ["runs", "compare", a, b, bare],
      ["runs", "diff", a, bare],
      ["runs", "show", bare],
      ["runs", "ls", "--columns", "tag.arm,closed-vqa/accuracy.micro"],
      ["why", bare, a],
    ]) {
      const { document } = await call(...words, ...place);
      expect(JSON.parse(JSON.stringify(document))).toEqual(document);
      expect(document.ok).toBe(true);
    }
    await call("runs", "rm", bare, ...place);
  });

  it("changes nothing on the disk where the command only looks", async () => {
    const before = readdirSync(folder, { recursive: true }).sort();
    for (const words of [
      ["runs", "compare", a, b],
      ["runs", "diff", a, b],
      ["why", a, b],
      ["runs", "ls", "--filter", "seed=1"],
      ["runs", "gc", "--dry-run"],
    ])
      await call(...words, ...place);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  });
});

describe("bad input of a command over past runs", () => {
  const two = ["runs compare", "runs diff", "why"] as const;
  const refusals: readonly (readonly [string, () => readonly string[], string, number])[] = [
    ...two.map(
      (name) => [`${name} without a second run`, () => [...name.split(" "), a], "USAGE_INVALID", 64] as const,
    ),
    ...two.map(
      (name) => [`${name} of no run`, () => [...name.split(" "), a, "nowhere"], "RUN_NOT_FOUND", 64] as const,
    ),
    ["rm without a run", () => ["runs", "rm"], "USAGE_INVALID", 64],
    ["rm of no run", () => ["runs", "rm", "nowhere"], "RUN_NOT_FOUND", 64],
    ["rm of several that fit", () => ["runs", "rm", "20"], "RUN_NOT_FOUND", 64],
    ["restore of what was not removed", () => ["runs", "restore", a], "RUN_NOT_FOUND", 64],
    ["gc without a word", () => ["runs", "gc"], "USAGE_INVALID", 64],
    ["gc with an argument", () => ["runs", "gc", a, "--yes"], "USAGE_INVALID", 64],
    ["an unknown flag", () => ["runs", "ls", "--fliter", "seed=1"], "USAGE_INVALID", 64],
    ["an empty filter", () => ["runs", "ls", "--filter="], "USAGE_INVALID", 64],
    ["half a filter", () => ["runs", "ls", "--filter", "seed="], "USAGE_INVALID", 64],
    ["an unknown column", () => ["runs", "ls", "--columns", "sede"], "USAGE_INVALID", 64],
  ];

  it.each(refusals)("%s is refused by code, with a hint", async (_what, words, code, exitCode) => {
    const error: TomoeError = await caught(() => call(...words(), ...place));
    expect(error).toMatchObject({ code, exitCode });
    expect(error.hint).not.toBe("");
  });

  it.each(["runs rm", "runs restore", "runs gc", "runs compare", "runs diff", "why", "runs ls"])(
    "%s of a folder of runs that is not there names the folder",
    async (name) => {
      expect(names).toContain(name);
      const needed = { "runs ls": [], "runs gc": ["--yes"], "runs rm": [a], "runs restore": [a] }[name] ?? [
        a,
        b,
      ];
      const elsewhere = join(folder, "nowhere");
      const error = await caught(() => call(...name.split(" "), ...needed, "--runs", elsewhere));
      expect(error).toMatchObject({ code: "PATH_NOT_FOUND", exitCode: 64, details: { path: elsewhere } });
    },
  );

  it("that is a damaged run names the file that is damaged, and the others are still listed", async () => {
    const damaged = await pastRun(runsDir, { right: { of: 4, count: 2 } });
    const files = ["resolved.json", "trained-on.json", "environment.json"];
    for (const file of files) {
      const whole = await pastRun(runsDir);
      writeFileSync(join(runsDir, whole, file), "[1, 2");
      const error = await caught(() => call("why", damaged, whole, ...place));
      expect(error).toMatchObject({ code: "RECORD_INVALID", exitCode: 65 });
      expect(error.message).toContain(file);
      rmSync(join(runsDir, whole), { recursive: true });
    }
    writeFileSync(join(runsDir, damaged, "state.json"), "");
    mkdirSync(join(runsDir, "20200101-000000-empty-2222"));
    const { document } = await call("runs", "ls", ...place);
    const states = (document.runs as readonly { runId: string; status: string }[]).map(
      ({ runId, status }) => [runId, status] as const,
    );
    expect(new Map(states).get(damaged)).toBe("broken");
    expect(new Map(states).get(a)).toBe("finished");
    await call("runs", "rm", damaged, "20200101-000000-empty-2222", ...place);
    expect((await call("runs", "ls", "--filter", "state=broken", ...place)).document.runs).toEqual([]);
  });
});
