import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeToyScript } from "../../../../../support/toy-script.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-sweep-host-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const head = `import { defineSweep, sweep } from "tomoe";
const rates = defineSweep(experiment, {
  name: "rates",
  space: (s) => ({ "stages.shared.learningRate": s.logFloat(1e-4, 1e-2) }),
  objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
  budget: { trials: 1 },
});`;

async function asked(name: string, body: string, ...words: readonly string[]) {
  const path = writeToyScript(scratch, name, `${head}\n${body}`);
  const [verb = "", ...rest] = words;
  const command = verb === "run" ? ["run", path] : ["sweep", "run", path];
  const { code, stdout, stderr } = await runProgram([...command, ...rest, "--json"], { cwd: scratch });
  return { code, stderr, document: onlyDocument(stdout) };
}

const made = (folder: string): number =>
  existsSync(join(scratch, folder)) ? readdirSync(join(scratch, folder)).length : 0;

describe("the host of a file's sweeps", () => {
  const settings =
    'set: [...set, "stages.shared.steps=2"], workers: workers(), runsDir: "mine", sweepsDir: "mine-sweeps"';

  it("does as the script says where no flag says otherwise", async () => {
    const { code, document } = await asked("says.ts", `await sweep(rates, { ${settings} });`, "sweep");
    expect(code).toBe(0);
    expect(document.trials).toMatchObject([{ state: "done", steps: 3 }]);
    expect([made("mine"), made("mine-sweeps"), made("runs")]).toEqual([1, 1, 0]);
  });

  it("does as the flags say before what the script says", async () => {
    const flags = [
      "--runs",
      "flagged",
      "--sweeps",
      "flagged-sweeps",
      "--set",
      "stages.shared.steps=1",
      "--device",
      "cpu",
    ];
    const { code, document } = await asked(
      "flags.ts",
      `await sweep(rates, { ${settings} });`,
      "sweep",
      ...flags,
    );
    expect(code).toBe(0);
    expect(document.trials).toMatchObject([{ state: "done", steps: 2 }]);
    expect([made("flagged"), made("flagged-sweeps"), made("mine")]).toEqual([1, 1, 1]);
    const [sweepId = ""] = readdirSync(join(scratch, "flagged-sweeps"));
    const ledger = readFileSync(join(scratch, "flagged-sweeps", sweepId, "ledger/000000.jsonl"), "utf8");
    const { device, set } = JSON.parse(ledger.split("\n")[0] ?? "");
    expect([device, set.slice(-2)]).toEqual(["cpu", ["stages.shared.steps=2", "stages.shared.steps=1"]]);
  });

  it("goes on with the sweep that the script names, and lets a script catch what it ends with", async () => {
    const body = `const first = await sweep(rates, { ${settings.replaceAll("mine", "again")} });
      const same = await sweep(rates, { ${settings.replaceAll("mine", "again")}, resume: first.sweepId });
      console.log("same", same.sweepId === first.sweepId);
      const other = { ...rates, plan: { ...rates.plan, seed: 9 } };
      await sweep(other, { ${settings.replaceAll("mine", "again")}, resume: first.sweepId })
        .catch((error) => console.log("caught", error.code));`;
    const { code, stderr, document } = await asked("again.ts", body, "run");
    expect(code).toBe(0);
    expect(stderr).toContain("same true");
    expect(stderr).toContain("caught CONFIG_INVALID");
    expect((document.sweeps as readonly object[]).length).toBe(2);
    expect([made("again"), made("again-sweeps")]).toEqual([1, 1]);
  });

  it("carries out runs and sweeps of one file, whose document is the last run's with the sweeps beside it", async () => {
    const body = `await sweep(rates, { ${settings.replaceAll("mine", "both")} });
      await run(experiment, { set, workers: workers(), runsDir: "both" });`;
    const { code, document } = await asked("both.ts", body, "run");
    expect(code).toBe(0);
    expect(document.runId).toEqual(expect.any(String));
    expect(document.sweeps).toMatchObject([{ ok: true, best: 0 }]);
    expect(made("both")).toBe(2);
  });

  it("tells the failure of a sweep that nobody catches as its own", async () => {
    const body =
      "await sweep({ ...rates, plan: { ...rates.plan, space: {} } }, { set, workers: workers() });";
    for (const verb of ["run", "sweep"]) {
      const { code, document } = await asked("empty.ts", body, verb);
      expect([code, document.error?.code]).toEqual([64, "CONFIG_INVALID"]);
      expect(document.error?.message).toContain("space: it is empty");
    }
  });
});
