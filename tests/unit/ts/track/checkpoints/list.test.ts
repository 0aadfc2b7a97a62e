import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { latestCheckpoint, listCheckpoints } from "../../../../../ts/track/checkpoints/list.ts";
import { commitOne, failureOf, makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

/** A `checkpoints/` folder with these names, those ending in "!" without a COMMIT. */
function folderOf(...names: readonly string[]): string {
  const folder = fresh();
  for (const name of names) {
    const dir = join(folder, name.replace(/!$/, ""));
    mkdirSync(dir, { recursive: true });
    if (!name.endsWith("!")) writeFileSync(join(dir, "COMMIT"), "");
  }
  return folder;
}

describe("the list of checkpoints", () => {
  it("holds the committed ones by their ordinal, whatever the stage is called", async () => {
    const folder = folderOf(
      "000010-shared-00000001",
      "000002-lift-2d-00000100",
      "1000000-specific-123456789",
      "000003-shared-00000004!",
      ".tmp-000011-shared-00000002-abc",
      ".damaged-000001-shared-00000001",
      "notes",
      "12-shared-1",
    );
    expect((await listCheckpoints(folder)).map(({ ordinal, stage, step }) => [ordinal, stage, step])).toEqual(
      [
        [2, "lift-2d", 100],
        [10, "shared", 1],
        [1_000_000, "specific", 123_456_789],
      ],
    );
  });

  it("says where each lies, and is empty where there is no folder", async () => {
    const folder = folderOf("000001-shared-00000007");
    expect(await listCheckpoints(folder)).toEqual([
      {
        name: "000001-shared-00000007",
        dir: join(folder, "000001-shared-00000007"),
        ordinal: 1,
        stage: "shared",
        step: 7,
      },
    ]);
    expect(await listCheckpoints(join(folder, "none"))).toEqual([]);
  });
});

describe("the newest checkpoint", () => {
  it("is none where none was committed", async () => {
    expect(
      await latestCheckpoint(folderOf("000001-shared-00000001!"), { notice: () => undefined }),
    ).toBeUndefined();
  });

  it("is told of as damaged, each before the one before it is tried, and changes nothing itself", async () => {
    const run = await makeRun(fresh());
    for (const step of [1, 2, 3]) await commitOne(run, step);
    for (const step of [2, 3])
      writeFileSync(join(run.paths.checkpoints, `00000${step}-shared-0000000${step}`, "COMMIT"), "broken");
    const told: string[] = [];
    const damaged: string[] = [];
    const found = await latestCheckpoint(run.paths.checkpoints, {
      notice: (line) => told.push(line),
      onDamaged: async ({ name }) => void damaged.push(name),
    });
    expect(found?.ref.step).toBe(1);
    expect(damaged).toEqual(["000003-shared-00000003", "000002-shared-00000002"]);
    expect(told).toEqual(damaged.map((name) => expect.stringMatching(`^CHECKPOINT DAMAGED, .*${name}`)));
    expect(await listCheckpoints(run.paths.checkpoints)).toHaveLength(3);
    await run.close();
  });

  it("is not looked for once the signal is aborted", async () => {
    const run = await makeRun(fresh());
    await commitOne(run, 1);
    const refused = await failureOf(
      latestCheckpoint(run.paths.checkpoints, { notice: () => undefined, signal: AbortSignal.abort() }),
    );
    expect([refused.code, refused.exitCode]).toEqual(["CANCELLED", 130]);
    await run.close();
  });
});
