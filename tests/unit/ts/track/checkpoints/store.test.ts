import { createHash, randomInt } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnedRun } from "../../../../../ts/track/index.ts";
import { claimRun, createRun } from "../../../../../ts/track/index.ts";
import {
  latestCheckpoint,
  listCheckpoints,
  openRun,
  readMetrics,
  verifyCheckpoint,
} from "../../../../../ts/track/read/index.ts";
import { commitOne, facts, failureOf, parts, scratchFolder, startChild, writeFiles } from "../fixtures.ts";

const scratch = scratchFolder();
const lines: string[] = [];
const notice = (line: string): number => lines.push(line);
let run: OwnedRun;

beforeEach(async () => {
  run = await createRun(scratch.path, { experimentName: "check", resolved: {}, seed: 0 }, { notice });
  await run.beginAttempt();
  lines.length = 0;
});
afterEach(() => run.close());
afterAll(() => scratch.remove());

describe("a checkpoint", () => {
  it("is invisible until it is committed, and then verifies with everything in it", async () => {
    const open = await run.beginCheckpoint("shared", 50);
    const files = writeFiles(open.dir, ["model.safetensors"], 5000);
    expect(await run.latestCheckpoint()).toBeUndefined();
    const { ref } = await open.commit({ files, parts, facts, final: true });
    expect(ref.name).toBe("000001-shared-00000050");
    expect(readdirSync(ref.dir).sort()).toEqual(["COMMIT", "manifest.json", "model.safetensors"]);
    const manifest = await verifyCheckpoint(ref.dir);
    expect(manifest).toMatchObject({
      format: "tomoe.checkpoint/3",
      runId: run.runId,
      ordinal: 1,
      stage: "shared",
      step: 50,
      attempt: 1,
      final: true,
      files,
      parts,
      facts,
    });
    const commit = readFileSync(join(ref.dir, "COMMIT"), "utf8");
    expect(commit).toBe(
      `tomoe-commit/1 sha256:${createHash("sha256")
        .update(readFileSync(join(ref.dir, "manifest.json")))
        .digest("hex")}\n`,
    );
  });

  it("leaves nothing behind when it is given up", async () => {
    const open = await run.beginCheckpoint("shared", 1);
    writeFiles(open.dir, ["model.safetensors"], 10);
    await open.abort();
    expect(readdirSync(run.paths.checkpoints)).toEqual([]);
  });

  it("is ordered by count, so that a later stage with fewer steps is the newest", async () => {
    await commitOne(run, 900, { stage: "shared" });
    await commitOne(run, 10, { stage: "pretrain" });
    expect((await listCheckpoints(run.paths.checkpoints)).map(({ stage, step }) => [stage, step])).toEqual([
      ["shared", 900],
      ["pretrain", 10],
    ]);
    expect((await run.latestCheckpoint())?.ref.stage).toBe("pretrain");
  });

  it.each([
    [
      "a listed file that is missing",
      (dir: string) => unlinkSync(join(dir, "model.safetensors")),
      "CHECKPOINT_INVALID",
      "model.safetensors: the file is missing (100 bytes expected)",
    ],
    [
      "a file of another length",
      (dir: string) => truncateSync(join(dir, "model.safetensors"), 99),
      "CHECKPOINT_INVALID",
      "model.safetensors: it has 99 bytes, not 100",
    ],
    [
      "a file of other bytes",
      (dir: string) => writeFileSync(join(dir, "model.safetensors"), Buffer.alloc(100)),
      "CHECKPOINT_INVALID",
      "model.safetensors: its SHA-256 is",
    ],
    [
      "a file that is not listed",
      (dir: string) => writeFileSync(join(dir, "extra.json"), "{}"),
      "CHECKPOINT_INVALID",
      "extra.json: the file is not listed",
    ],
    [
      "a link in place of a file",
      (dir: string) => {
        rmSync(join(dir, "model.safetensors"));
        symlinkSync("/etc/hostname", join(dir, "model.safetensors"));
      },
      "CHECKPOINT_INVALID",
      "model.safetensors: it is not a plain file",
    ],
  ])("is refused at the commit with %s, and is gone", async (_title, change, code, message) => {
    const open = await run.beginCheckpoint("shared", 1);
    const files = writeFiles(open.dir, ["model.safetensors"], 100);
    change(open.dir);
    const refused = await failureOf(open.commit({ files, parts, facts, final: false }));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
    expect(readdirSync(run.paths.checkpoints)).toEqual([]);
  });

  it.each([
    ["model.bin", "CHECKPOINT_PICKLE", "may hold a pickle"],
    ["optimizer.PT", "CHECKPOINT_PICKLE", "may hold a pickle"],
    ["notes.txt", "CHECKPOINT_INVALID", ".safetensors and .json files alone"],
    ["manifest.json", "CHECKPOINT_INVALID", "kept for the manifest"],
  ])("takes no file called %s", async (name, code, message) => {
    const open = await run.beginCheckpoint("shared", 1);
    const files = writeFiles(open.dir, [name], 10);
    const refused = await failureOf(open.commit({ files, parts, facts, final: false }));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
  });

  it("of a replaced attempt cannot be begun and not be committed", async () => {
    const late = await run.beginCheckpoint("shared", 1);
    const files = writeFiles(late.dir, ["model.safetensors"], 10);
    await run.beginAttempt();
    const refused = await failureOf(late.commit({ files, parts, facts, final: false }));
    expect(refused.code).toBe("WORKER_FENCED");
    expect(refused.message).toContain("attempt 1 of");
    expect(refused.message).toContain("attempt 2 has begun");
    expect((await failureOf(run.beginCheckpoint("shared", 1, 1))).code).toBe("WORKER_FENCED");
    expect(readdirSync(run.paths.checkpoints)).toEqual([]);
  });

  it("is swept away with a line when it was never committed, at the next claim", async () => {
    await commitOne(run, 1);
    const unfinished = await run.beginCheckpoint("shared", 2);
    writeFiles(unfinished.dir, ["model.safetensors"], 10);
    const uncommitted = (await commitOne(run, 3)).ref;
    unlinkSync(join(uncommitted.dir, "COMMIT"));
    writeFileSync(join(run.dir, ".scorecard.json.abc.tmp"), "half");
    await run.close();
    run = await claimRun(await openRun(scratch.path, run.runId), { notice });
    expect(lines.sort()).toEqual([
      expect.stringContaining("removed the unfinished checkpoint .tmp-000002-shared-00000002"),
      `removed the unfinished checkpoint ${uncommitted.name}`,
      expect.stringContaining(".scorecard.json.abc.tmp"),
    ]);
    expect(readdirSync(run.paths.checkpoints)).toEqual(["000001-shared-00000001"]);
    expect(existsSync(join(run.dir, ".scorecard.json.abc.tmp"))).toBe(false);
  });

  it("is kept when it is among the newest or final, and removed otherwise", async () => {
    for (let step = 1; step <= 5; step += 1) await commitOne(run, step, { final: step === 2 });
    expect(await run.retainCheckpoints(2)).toEqual(["000001-shared-00000001", "000003-shared-00000003"]);
    expect(readdirSync(run.paths.checkpoints).sort()).toEqual([
      "000002-shared-00000002",
      "000004-shared-00000004",
      "000005-shared-00000005",
    ]);
    expect((await failureOf(run.retainCheckpoints(0))).code).toBe("INTERNAL");
  });

  it("is kept besides when it is asked for among all of them, once", async () => {
    for (let step = 1; step <= 4; step += 1) await commitOne(run, step);
    const second = await run.retainCheckpoints(1, (refs) => refs.find(({ step }) => step === 2));
    expect(second).toEqual(["000001-shared-00000001", "000003-shared-00000003"]);
    expect(await run.retainCheckpoints(1, () => undefined)).toEqual(["000002-shared-00000002"]);
  });
});

describe("a damaged checkpoint", () => {
  it("is detected for each of 200 random flipped bytes in random files", async () => {
    const { ref } = await commitOne(run, 1, { lengthBytes: 3000 });
    const names = readdirSync(ref.dir);
    expect(names).toContain("COMMIT");
    for (let flip = 0; flip < 200; flip += 1) {
      const path = join(ref.dir, names[flip % names.length] ?? "");
      const whole = readFileSync(path);
      const damaged = Buffer.from(whole);
      const at = randomInt(whole.length);
      damaged[at] = (whole[at] ?? 0) ^ randomInt(1, 256);
      writeFileSync(path, damaged);
      const refused = await failureOf(verifyCheckpoint(ref.dir));
      expect(refused.code).toBe("CHECKPOINT_INVALID");
      expect(refused.exitCode).toBe(65);
      expect(refused.details).toMatchObject({
        path: ref.dir,
        file: expect.any(String),
        expected: expect.anything(),
        found: expect.anything(),
      });
      writeFileSync(path, whole);
    }
    await verifyCheckpoint(ref.dir);
  });

  it("is detected when any file is cut at a page, by one byte, to nothing, or removed", async () => {
    const { ref } = await commitOne(run, 1, { lengthBytes: 10_000 });
    for (const name of readdirSync(ref.dir)) {
      const path = join(ref.dir, name);
      const whole = readFileSync(path);
      const lengths = [
        0,
        whole.length - 1,
        ...Array.from({ length: Math.floor(whole.length / 4096) }, (_, page) => (page + 1) * 4096),
      ].filter((length) => length < whole.length);
      for (const length of lengths) {
        truncateSync(path, length);
        expect((await failureOf(verifyCheckpoint(ref.dir))).code).toBe("CHECKPOINT_INVALID");
        writeFileSync(path, whole);
      }
      rmSync(path);
      const refused = await failureOf(verifyCheckpoint(ref.dir));
      expect(refused.message).toContain(`${name}: the file is missing`);
      writeFileSync(path, whole);
    }
  });

  it("in a folder of another name is not what its manifest says", async () => {
    const { ref } = await commitOne(run, 1);
    const elsewhere = join(run.paths.checkpoints, "000009-shared-00000001");
    mkdirSync(elsewhere);
    for (const name of readdirSync(ref.dir))
      writeFileSync(join(elsewhere, name), readFileSync(join(ref.dir, name)));
    expect((await failureOf(verifyCheckpoint(elsewhere))).message).toContain(
      "the folder should be called 000001-shared-00000001",
    );
  });

  it("is named loudly, put aside, and the one before it is taken", async () => {
    await commitOne(run, 1);
    const { ref: second } = await commitOne(run, 2);
    const { ref: third } = await commitOne(run, 3);
    truncateSync(join(third.dir, "model.safetensors"), 10);
    truncateSync(join(second.dir, "manifest.json"), 10);
    const readOnly = await latestCheckpoint(run.paths.checkpoints, { notice });
    expect(readOnly?.manifest.step).toBe(1);
    expect(existsSync(third.dir)).toBe(true);
    lines.length = 0;
    expect((await run.latestCheckpoint())?.manifest.step).toBe(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^CHECKPOINT DAMAGED, falling back to the one before it: \[CHECKPOINT_INVALID\] .+model\.safetensors: it has 10 bytes, not 1000$/,
    );
    expect(readdirSync(run.paths.checkpoints).sort()).toEqual([
      `.damaged-${second.name}`,
      `.damaged-${third.name}`,
      "000001-shared-00000001",
    ]);
    // The next one counts on from the damaged ones.
    expect((await commitOne(run, 2)).ref.ordinal).toBe(4);
  });

  it("fails with its own error when it is the only one", async () => {
    const { ref } = await commitOne(run, 1);
    const size = statSync(join(ref.dir, "optimizer.safetensors")).size;
    writeFileSync(join(ref.dir, "optimizer.safetensors"), Buffer.alloc(size));
    const refused = await failureOf(run.latestCheckpoint());
    expect(refused.code).toBe("CHECKPOINT_INVALID");
    expect(refused.message).toContain("optimizer.safetensors: its SHA-256 is");
  });
});

describe("a process killed while it writes checkpoints", () => {
  it("leaves a newest checkpoint that verifies, and every metric it acknowledged, at 8 random moments", async () => {
    await run.close();
    const lastPrinted: number[] = [];
    for (let kill = 0; kill < 8; kill += 1) {
      const { child, ended, line } = startChild("write-checkpoints.ts", [scratch.path, run.runId]);
      await line(0);
      await sleep(randomInt(60));
      child.kill("SIGKILL");
      const { stdout } = await ended;
      const printed = Number(stdout.trimEnd().split("\n").at(-1));
      lastPrinted.push(printed);
      const newest = await latestCheckpoint(run.paths.checkpoints, { notice });
      // Committed and acknowledged, or one further: killed between the commit and the print.
      expect([printed, printed + 1]).toContain(newest?.manifest.step);
      const recorded = new Set((await readMetrics(run.paths.metrics)).map(({ step }) => step));
      for (let step = 1; step <= printed; step += 1) expect(recorded.has(step)).toBe(true);
    }
    expect(lines.filter((line) => line.includes("DAMAGED"))).toEqual([]);
    expect(lastPrinted.at(-1)).toBeGreaterThanOrEqual(8);
    run = await claimRun(await openRun(scratch.path, run.runId), { notice });
  });
});
