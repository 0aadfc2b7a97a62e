import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository, startTomoe, tomoe } from "../support/cli.ts";
import { numbersOf, workerPids } from "../support/run-numbers.ts";
import { until } from "../support/until.ts";

const recipe = join(repository, "ts/recipes/phantom-tiny.ts");
const folder = mkdtempSync(join(tmpdir(), "tomoe-embedded-"));
const options = { cwd: folder, env: { TOMOE_E2E: folder } };
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const dirOf = (stdout: string): string => (JSON.parse(stdout) as { readonly dir: string }).dir;

describe("what npm start runs, at its full size", () => {
  it("ends with the same numbers though its worker is killed in three stages and the orchestrator in a fourth", async () => {
    const undisturbed = await tomoe(["run", recipe, "--json", "--runs", "undisturbed"], options);
    expect([undisturbed.code, undisturbed.stderr.slice(-500)]).toEqual([0, expect.anything()]);
    const call = startTomoe(["run", recipe, "--json", "--runs", "killed"], options);
    for (const [kill, moment] of [/^vision-2d\s+30%/, /^warm-up\s+10%/, /^shared\s+40%/].entries()) {
      await call.line(moment);
      const pids = workerPids(folder);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      await call.line(new RegExp(`restart ${kill + 1}/3 from`));
      expect(pids.length).toBeGreaterThan(0);
    }
    await call.line(/^specific\s+50%/);
    call.child.kill("SIGKILL");
    await call.done;
    await until(() => workerPids(folder).length === 0);
    const [runId = ""] = readdirSync(join(folder, "killed"));
    const resumed = await tomoe(["run", "--resume", runId, "--json", "--runs", "killed"], options);
    expect([resumed.code, resumed.stderr.slice(-500)]).toEqual([0, expect.anything()]);
    expect(await numbersOf(dirOf(resumed.stdout))).toEqual(await numbersOf(dirOf(undisturbed.stdout)));
  }, 3_600_000);
});
