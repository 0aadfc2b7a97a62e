import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guarded, heldAgainst, judgedFiles } from "../../../../../../ts/cli/commands/score/beside.ts";
import { type Predictions, readNamed } from "../../../../../../ts/cli/predictions.ts";
import { openTerminal } from "../../../../../../ts/cli/terminal.ts";
import type { Call } from "../../../../../../ts/cli/words/command.ts";
import { Flags } from "../../../../../../ts/cli/words/command.ts";
import { type AskedItem, askedOf } from "../../../../../../ts/eval/asked.ts";
import { saltedDigest } from "../../../../../../ts/run/prepare/trained-on.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const { signal } = new AbortController();

function file(name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

const callWith = (...given: readonly (readonly [string, string])[]): Call => ({
  arguments: [],
  flags: new Flags(given.map(([name, value]) => ({ name, value }))),
  signal,
  terminal: openTerminal({ write: () => undefined }, {}),
});
const row = (id: string, more: object = {}) => ({
  id,
  case: `c${id}`,
  task: "open-vqa",
  target: "liver",
  prediction: "spleen",
  ...more,
});
const given = async (...rows: readonly object[]): Promise<Predictions> =>
  await readNamed(file("given.jsonl", rows), callWith());

describe("rows and what was expected", () => {
  const expected = [row("1"), row("2")].map(({ prediction: _said, ...item }) => item);

  it("are as they are where nothing is expected", async () => {
    const read = await given(row("1"));
    expect(await heldAgainst(callWith(), read)).toEqual({
      rows: read.rows,
      expected: null,
      signature: undefined,
      inputs: [],
      warnings: [],
    });
  });

  it("are all there: n of N stands in the signature, with the digest of the expected file", async () => {
    const path = file("expected.jsonl", expected);
    const held = await heldAgainst(callWith(["against", path]), await given(row("2"), row("1")));
    expect(held.signature).toMatch(/^2 of 2@[0-9a-f]{16}$/);
    expect(held.inputs).toEqual([
      { role: "expected", path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  it("are filled up with empty answers where that is asked for, which is told", async () => {
    const call = callWith(["against", file("expected.jsonl", expected)], ["missing", "wrong"]);
    const held = await heldAgainst(call, await given(row("1")));
    expect(held.rows.map(({ id, prediction }) => [id, prediction])).toEqual([
      ["1", "spleen"],
      ["2", ""],
    ]);
    expect(held.signature).toMatch(/^1 of 2@/);
    expect(held.warnings.map(({ code }) => code)).toEqual(["MISSING_SCORED_WRONG"]);
  });

  it("cannot be filled up with what is not said", async () => {
    const call = callWith(["missing", "wrong"]);
    const read = await given(row("1"));
    expect(await caught(() => heldAgainst(call, read))).toMatchObject({ code: "USAGE_INVALID" });
  });
});

describe("rows of a run and what it was to answer", () => {
  const rows = [row("1", { subject: "P1" }), row("2", { subject: "P2" })];

  async function ofRun(asked: object, kept = rows, isRun = true): Promise<Predictions> {
    const run = mkdtempSync(join(folder, "run-"));
    writeFileSync(join(run, "expected.json"), JSON.stringify(asked));
    if (isRun) writeFileSync(join(run, "resolved.json"), "{}");
    const path = join(run, "predictions.jsonl");
    writeFileSync(path, kept.map((one) => JSON.stringify(one)).join("\n"));
    return await readNamed(path, callWith());
  }
  const asked = askedOf(rows as readonly AskedItem[]);

  it("are all of it: n of N stands in the signature, without a flag", async () => {
    const held = await heldAgainst(callWith(), await ofRun(asked));
    expect(held).toMatchObject({ expected: 2, signature: `2 of 2@${asked.digest.slice(0, 16)}`, inputs: [] });
  });

  it("are refused where one was taken away or altered since", async () => {
    const fewer = await ofRun(asked, rows.slice(1));
    expect(await caught(() => heldAgainst(callWith(), fewer))).toMatchObject({ code: "DATA_PREDICTIONS" });
    const altered = await ofRun(asked, [row("1", { subject: "P1", target: "spleen" }), ...rows.slice(1)]);
    expect(await caught(() => heldAgainst(callWith(), altered))).toMatchObject({ code: "DATA_PREDICTIONS" });
  });

  it("are not held to a damaged list: that is told", async () => {
    const damaged = await ofRun({ ...asked, items: -1 });
    expect(await caught(() => heldAgainst(callWith(), damaged))).toMatchObject({ code: "RECORD_INVALID" });
  });

  it("are held to the file of --against where one is given", async () => {
    const path = file("other-items.jsonl", [row("1", { subject: "P1" })]);
    const read = await ofRun(asked);
    const error = await caught(() => heldAgainst(callWith(["against", path]), read));
    expect(error).toMatchObject({ code: "DATA_PREDICTIONS", details: { expected: 1, given: 2 } });
  });

  it("are nobody's list where no run lies: a file of that name may hold anything", async () => {
    const read = await ofRun({ mine: true }, rows, false);
    expect(await heldAgainst(callWith(), read)).toMatchObject({ expected: null, signature: undefined });
  });

  it("are not a file of another name beside the list", async () => {
    const read = { ...(await ofRun(asked)), source: join(folder, "controls.jsonl") };
    expect((await heldAgainst(callWith(), read)).expected).toBeNull();
  });
});

describe("rows and what judges said", () => {
  const said = (id: string, judge: string) => ({
    id,
    task: "open-vqa",
    judge,
    value: 1,
    signature: "form v2",
  });

  it("are read from every file that is named, each an input", async () => {
    const [one, two] = ["one", "two"].map((name) => file(`${name}.jsonl`, [said("1", name)]));
    const { rows } = await given(row("1"));
    const { judges, inputs } = await judgedFiles(
      callWith(["judged", one ?? ""], ["judged", two ?? ""]),
      rows,
    );
    expect(judges.map(({ judge }) => judge)).toEqual(["one", "two"]);
    expect(inputs.map(({ role, path }) => [role, path])).toEqual([
      ["judged", one],
      ["judged", two],
    ]);
  });

  it("are refused where one judge stands in two files", async () => {
    const one = file("one.jsonl", [said("1", "one")]);
    const { rows } = await given(row("1"));
    const error = await caught(() => judgedFiles(callWith(["judged", one], ["judged", one]), rows));
    expect(error.message).toContain('judge "one" stands in two files');
  });

  it("are none where no file is named", async () => {
    expect(await judgedFiles(callWith(), [])).toEqual({ judges: [], inputs: [] });
  });
});

describe("rows and what a run was trained on", () => {
  const salt = "s".repeat(32);

  async function ofRun(subject: string): Promise<Predictions> {
    const run = mkdtempSync(join(folder, "run-"));
    const list = {
      format: "tomoe.trained-on/1",
      salt,
      patients: [saltedDigest(salt, "P1")],
      scans: null,
      reports: null,
    };
    writeFileSync(join(run, "trained-on.json"), JSON.stringify(list));
    const path = join(run, "predictions.jsonl");
    writeFileSync(path, JSON.stringify(row("1", { subject })));
    return await readNamed(path, callWith());
  }

  it("have nothing in common, and then no signature says so", async () => {
    expect(await guarded(callWith(), await ofRun("P9"))).toEqual({ provenance: [], warnings: [] });
  });

  it("are refused where they have, or marked when that is allowed", async () => {
    const leaky = await ofRun("P1");
    expect(await caught(() => guarded(callWith(), leaky))).toMatchObject({ code: "DATA_LEAK" });
    const { provenance, warnings } = await guarded(callWith(["allow-leak", ""]), leaky);
    expect(provenance).toEqual(["split:leaky(1 of 1 cases; allowed by --allow-leak)"]);
    expect(warnings.map(({ code }) => code)).toEqual(["LEAK_ALLOWED"]);
  });

  it("are not compared where there is no list, nor on stdin", async () => {
    expect(await guarded(callWith(), await given(row("1")))).toEqual({ provenance: [], warnings: [] });
    const piped = { ...(await ofRun("P1")), source: "-" };
    expect(await guarded(callWith(), piped)).toEqual({ provenance: [], warnings: [] });
  });
});
