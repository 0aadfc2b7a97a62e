import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findRunId, findRunName, notFound, runNames } from "../../../../../ts/track/runs/find-run.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const ids = [
  "20261124-153012-phantom-tiny-k3f9",
  "20261124-153013-phantom-tiny-m7q2",
  "20261125-090000-chest-ct-x2y3",
] as const;

function runsDir(names: readonly string[] = ids): string {
  const folder = fresh();
  for (const name of names) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}

describe("the names of runs", () => {
  it("are those of run folders and of such as were being made, sorted", () => {
    const half = ".creating-20261124-153012-phantom-tiny-k3f9";
    const folder = runsDir([...ids.toReversed(), half, "notes", ".hidden", "latest"]);
    writeFileSync(join(folder, "README.md"), "");
    expect(runNames(folder)).toEqual([half, ...ids]);
  });

  it("are none where there is no folder; a file in its place cannot be listed", async () => {
    expect(runNames(join(scratch.path, "none"))).toEqual([]);
    const file = join(runsDir(), "file");
    writeFileSync(file, "");
    const refused = await failureOf(async () => runNames(file));
    expect([refused.code, refused.details.errno]).toEqual(["PATH_NOT_FOUND", "ENOTDIR"]);
  });
});

describe("a run", () => {
  it.each([
    ["its whole id", ids[0], ids[0]],
    ["the beginning of its id", "20261125", ids[2]],
    ["the letters at its end", "m7q2", ids[1]],
  ])("is found by %s", (_, reference, id) => {
    expect(findRunId(runsDir(), reference)).toBe(id);
  });

  it("whose id is the beginning of another's is found by it", () => {
    const folder = runsDir(["20261124-153012-a", "20261124-153012-a-b"]);
    expect(findRunId(folder, "20261124-153012-a")).toBe("20261124-153012-a");
  });

  it("that is still being made is never found", async () => {
    const folder = runsDir([".creating-20261124-153012-half-k3f9"]);
    expect((await failureOf(async () => findRunId(folder, "k3f9"))).code).toBe("RUN_NOT_FOUND");
  });

  it("that several references fit is not guessed", async () => {
    const folder = runsDir();
    const refused = await failureOf(async () => findRunId(folder, "20261124"));
    expect([refused.code, refused.exitCode]).toEqual(["RUN_NOT_FOUND", 64]);
    expect(refused.hint).toBe(`Say more of the id; it could be ${ids[0]}, ${ids[1]}.`);
    expect(refused.details).toEqual({ run: "20261124", runsDir: folder, fitting: [ids[0], ids[1]] });
  });

  it.each(["", "..", "/etc", "chest", "153012"])("is not found by %j", async (reference) => {
    const refused = await failureOf(async () => findRunId(runsDir(), reference));
    expect(refused.message).toContain(`no run "${reference}" in`);
  });
});

describe("a reference that fits no run", () => {
  it("is answered with the runs there are, the nearest first", () => {
    const error = notFound("runs", "20261124-153012-phantom-tiny-k3f8", ids);
    expect(error.hint).toMatch(new RegExp(`^Did you mean ${ids[0]}.*"tomoe runs ls" lists them all\\.$`));
    expect(error.details.near).toEqual([ids[0], ids[1]]);
    // The beginning of an id, misspelt.
    expect(notFound("runs", "20261135-09", ids).details.near).toContain(ids[2]);
  });

  it("is answered with the list where none is near", () => {
    const error = notFound("runs", "the one of yesterday", ids);
    expect([error.hint, error.details.near]).toEqual(['"tomoe runs ls" lists them all.', []]);
  });

  it("is answered with how to make one where there is none", () => {
    const error = notFound("runs", "latest", []);
    expect(error.hint).toBe(
      'There are no runs in runs; make one with "tomoe run RECIPE.ts", or name another folder with --runs.',
    );
  });
});

describe("a name of a run", () => {
  it("is found as an id is, and by its whole name where the folder was never whole", async () => {
    const half = ".creating-20261124-153012-phantom-tiny-k3f9";
    const folder = runsDir([...ids, half]);
    expect([findRunName(folder, ids[1]), findRunName(folder, "x2y3")]).toEqual([ids[1], ids[2]]);
    expect(findRunName(folder, half)).toBe(half);
    for (const reference of [".creating-20261124", "", "2026"])
      expect((await failureOf(() => findRunName(folder, reference))).code).toBe("RUN_NOT_FOUND");
  });
});
