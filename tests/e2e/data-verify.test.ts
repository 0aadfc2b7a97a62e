// `tomoe data verify` as a user's shell starts it: killed at any moment, on a full terminal, into a folder that cannot be.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTomoe, tomoe } from "../support/cli.ts";
import { layScans } from "../support/layouts/scans.ts";
import { writeRows } from "../support/own-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
const cases = 100;

beforeAll(async () => {
  await layScans(join(root, "own"), ["first.nii.gz"]);
  const rows = Array.from({ length: cases }, (_, at) => {
    copyFileSync(join(root, "own/first.nii.gz"), join(root, `own/${at}.nii.gz`));
    return `c${at},p${at},${at}.nii.gz,Report ${at}.`;
  });
  writeRows(join(root, "own"), "rows.csv", ["case,patient,image,report", ...rows]);
});

const words = (out: string): readonly string[] => ["data", "verify", "own", "--deep", "--out", out, "--json"];

interface Verified {
  readonly cases: object;
  readonly digest: string;
  readonly resumed: number;
  readonly problems: string;
}

async function verified(out: string): Promise<Verified> {
  const { code, stdout, stderr } = await tomoe(words(out), { cwd: root });
  expect([code, stderr.includes("error:")]).toEqual([0, false]);
  return JSON.parse(stdout) as Verified;
}

describe("tomoe data verify", () => {
  it("killed in the middle, goes on with what was read and comes to the same, whatever was torn", async () => {
    const whole = await verified("whole");
    expect(whole).toMatchObject({ cases: { total: cases, read: cases }, resumed: 0 });
    const call = startTomoe(words("killed"), { cwd: root });
    await call.line(/read scans +10%/);
    call.child.kill("SIGKILL");
    expect((await call.done).signal).toBe("SIGKILL");
    expect(readdirSync(join(root, "killed"))).not.toContain("problems.jsonl");
    const rest = await verified("killed");
    expect(rest.resumed).toBeGreaterThan(0);
    expect([rest.digest, rest.cases]).toEqual([whole.digest, whole.cases]);
    expect(readFileSync(rest.problems, "utf8")).toBe(readFileSync(whole.problems, "utf8"));
  });

  it("stopped by a signal, ends with its code and says that it goes on", async () => {
    const call = startTomoe(words("stopped"), { cwd: root });
    await call.line(/read scans +10%/);
    call.child.kill("SIGINT");
    const { code, stdout } = await call.done;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: "CANCELLED", hint: expect.stringContaining("same command again") },
    });
    expect((await verified("stopped")).resumed).toBeGreaterThan(0);
  });

  it("refuses a folder for its files that is a file, or cannot be made", async () => {
    writeFileSync(join(root, "file"), "");
    const taken = await tomoe(words("file"), { cwd: root });
    expect([taken.code, JSON.parse(taken.stdout)]).toEqual([
      73,
      expect.objectContaining({ ok: false, error: expect.objectContaining({ code: "OUTPUT_CREATE" }) }),
    ]);
  });

  it("prints one document whatever is wrong with the words", async () => {
    mkdirSync(join(root, "empty"));
    for (const [more, code] of [
      [["data", "verify", "empty", "--json"], 65],
      [["data", "verify", "--json"], 64],
      [["data", "verfy", "own", "--json"], 64],
    ] as const) {
      const result = await tomoe(more, { cwd: root });
      expect([result.code, JSON.parse(result.stdout)]).toEqual([
        code,
        expect.objectContaining({ ok: false }),
      ]);
    }
  });
});
