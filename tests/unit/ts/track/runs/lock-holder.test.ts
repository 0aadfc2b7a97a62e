import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { livingOwner, lockHolder, lockName, readOwner } from "../../../../../ts/track/runs/lock-holder.ts";
import { currentOwner, ownerText } from "../../../../../ts/track/runs/owner.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

function folderWith(lock?: string): string {
  const folder = fresh();
  mkdirSync(folder);
  if (lock !== undefined) writeFileSync(join(folder, lockName), lock);
  return folder;
}
const own = currentOwner();

describe("who holds the lock of a run", () => {
  it("is nobody where there is no lock, and no folder", async () => {
    expect([await lockHolder(folderWith()), livingOwner(folderWith())]).toEqual([undefined, undefined]);
    expect(await lockHolder(join(scratch.path, "none"))).toBeUndefined();
  });

  it("is whom the lock names, in words only while it lives", async () => {
    const alive = folderWith(JSON.stringify(own));
    expect([await lockHolder(alive), livingOwner(alive)]).toEqual([own, ownerText(own)]);
    const dead = { ...own, startTicks: "1" };
    const gone = folderWith(JSON.stringify(dead));
    expect([await lockHolder(gone), livingOwner(gone)]).toEqual([dead, undefined]);
    const elsewhere = folderWith(JSON.stringify({ ...own, host: "elsewhere.example" }));
    expect(livingOwner(elsewhere)).toContain("on elsewhere.example");
  });

  it.each([
    ["cut", '{"pid":'],
    ["of nobody", "{}"],
    ["with a pid in words", JSON.stringify({ ...own, pid: "7" })],
  ])("cannot be told from a lock that is %s, and then the run is not taken for free", async (_, lock) => {
    const folder = folderWith(lock);
    const refused = await failureOf(readOwner(join(folder, lockName)));
    expect([refused.code, refused.exitCode]).toEqual(["RECORD_INVALID", 65]);
    expect(refused.hint).toBe("When no tomoe process works on it, delete the lock file.");
    expect(livingOwner(folder)).toBe("an unreadable lock file");
  });

  it("is not told by a folder in the place of the lock", async () => {
    const folder = folderWith();
    mkdirSync(join(folder, lockName));
    chmodSync(folder, 0o700);
    expect((await failureOf(lockHolder(folder))).code).toBe("IO_FAILED");
  });
});
