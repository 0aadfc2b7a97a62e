import { spawnSync } from "node:child_process";
import { groupMemoryOf } from "../../../../../ts/process/proc/control-group.ts";
import { makeMemoryGroup } from "../../../../support/control-group.ts";
import { layOut, recordedSystems } from "../../../../support/recorded-proc.ts";
import { repoRoot } from "../../../../support/source-tree.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const mebibyte = 2 ** 20;
const limitBytes = 256 * mebibyte;
const group = makeMemoryGroup("limit", limitBytes);
const inGroup = typeof group === "string" ? it.skip : it;
if (typeof group === "string") console.warn(`skipped: ${group}`);
afterAll(() => {
  if (typeof group !== "string") group.remove();
});

/** Joins the group, runs the shell lines, and prints what Node then reads of its own group. */
function readInGroup(before: string): {
  readonly limitBytes: number;
  readonly leftBytes: number;
  readonly kills: number;
} {
  if (typeof group === "string") throw new Error(group);
  const script = `import { groupMemoryOf } from ${JSON.stringify(`${repoRoot}/ts/process/proc/index.ts`)}; console.log(JSON.stringify(groupMemoryOf("self")));`;
  const shell = `echo $$ > ${group.procsFile} && { ${before}; } && exec ${process.execPath} --conditions=tomoe-source --input-type=module -e '${script}'`;
  const { stdout, stderr, status } = spawnSync("sh", ["-c", shell], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof readInGroup>;
}

describe("the memory control group of a process", () => {
  it("is read without a failure, whatever this machine has", () => {
    const { limitBytes: limit, leftBytes: left, kills } = groupMemoryOf("self");
    expect(limit === undefined).toBe(left === undefined);
    expect(left ?? 0).toBeLessThanOrEqual(limit ?? 0);
    expect(kills).toBeGreaterThanOrEqual(0);
  });

  it("knows nothing of a process that is gone", () => {
    expect(groupMemoryOf(2 ** 30)).toEqual({ limitBytes: undefined, leftBytes: undefined, kills: 0 });
  });

  inGroup("tells the limit, what is left of it, and kills by the kernel", () => {
    const calm = readInGroup("true");
    expect(calm.limitBytes).toBe(limitBytes);
    expect(calm.leftBytes).toBeGreaterThan(100 * mebibyte);
    expect(calm.leftBytes).toBeLessThan(limitBytes);
    expect(calm.kills).toBe(0);
    // A child that takes more than the group may have is killed by the kernel; the shell lives on.
    const after = readInGroup(
      `${process.execPath} -e 'const held = []; for (;;) held.push(Buffer.alloc(1e7, 1))' || true`,
    );
    expect(after.kills).toBe(1);
  });
});

describe("a recorded control group", () => {
  const root = temporaryFolder();

  it.each(
    recordedSystems()
      .filter(({ group }) => group !== undefined)
      .map((system, index) => [system.name, system, `${root}/${index}`] as const),
  )("has the limits that the kernel wrote: %s", (_, system, folder) => {
    layOut(system, folder);
    const { limitBytes, leftBytes, kills } = groupMemoryOf("self", folder);
    expect({ limitBytes: limitBytes ?? null, leftBytes: leftBytes ?? null, kills }).toEqual(system.group);
  });
});
