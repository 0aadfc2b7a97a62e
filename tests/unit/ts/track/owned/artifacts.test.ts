import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { artifactPath, sweepUnfinished, writeArtifact } from "../../../../../ts/track/owned/artifacts.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const space = new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, () => undefined);

describe("an artifact of a run", () => {
  it.each(["scorecard.md", "plots/loss.svg", "receipts/case-7.json", "logs/worker.log", "./a.json"])(
    "may lie at %s",
    (path) => {
      expect(artifactPath("/runs/x", path)).toBe(join("/runs/x", path));
    },
  );

  it.each([
    "",
    ".",
    "a/b/c",
    "../outside",
    "../x2/state.json",
    "plots/../../other",
    "state.json",
    "lock",
    "metrics/000000.jsonl",
    "events",
    "checkpoints/x",
    "plots/../state.json",
  ])("may not lie at %j, which is a bug of ours", async (path) => {
    const refused = await failureOf(async () => artifactPath("/runs/x", path));
    expect([refused.code, refused.exitCode]).toEqual(["INTERNAL", 70]);
    expect(refused.message).toContain("is not a place for an artifact of a run");
  });

  it("is written whole, with the folder it lies in", async () => {
    const dir = fresh();
    const path = artifactPath(dir, "plots/loss.svg");
    await writeArtifact(path, "<svg/>", space);
    await writeArtifact(path, new Uint8Array([60, 62]), space);
    expect([readFileSync(path, "utf8"), readdirSync(join(dir, "plots"))]).toEqual(["<>", ["loss.svg"]]);
  });
});

describe("what a killed attempt left half written", () => {
  it("is removed with a line each, and nothing else is", async () => {
    const dir = fresh();
    mkdirSync(join(dir, "plots"), { recursive: true });
    const left = [".state.json.0a1b.tmp", ".lock.77.tmp.lock", "plots/.loss.svg.9.tmp"];
    const kept = ["state.json", "notes.tmp", ".hidden", "plots/loss.svg"];
    for (const name of [...left, ...kept]) writeFileSync(join(dir, name), "");
    const lines: string[] = [];
    await sweepUnfinished([dir, join(dir, "plots"), join(dir, "none")], (line) => lines.push(line));
    expect([
      left.filter((name) => existsSync(join(dir, name))),
      kept.filter((name) => existsSync(join(dir, name))),
    ]).toEqual([[], kept]);
    expect(lines).toHaveLength(3);
    expect(lines).toContain("removed the unfinished file plots/.loss.svg.9.tmp");
    await sweepUnfinished([dir], (line) => lines.push(line));
    expect(lines).toHaveLength(3);
  });
});
