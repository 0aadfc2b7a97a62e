import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimSweep, createSweep } from "../../../../../ts/track/sweeps/ledger.ts";
import { openSweep } from "../../../../../ts/track/sweeps/read.ts";
import { caught } from "../../../../support/caught.ts";
import { begunSweep, freshSweeps, newSweep, removeSweeps } from "./fixtures.ts";

afterAll(removeSweeps);
const quiet = { notice: () => undefined };
const trial = { kind: "trial", trial: 0, assignment: { "b.x": 1, a: 2 }, seed: 4 } as const;
const segment = (dir: string): string => join(dir, "ledger", "000000.jsonl");

describe("createSweep", () => {
  it("makes a private folder whose ledger begins with the header, and counts the sweeps of the folder", async () => {
    const sweepsDir = freshSweeps();
    const { ledger } = await begunSweep(sweepsDir);
    expect(ledger.sweepId).toMatch(/^\d{8}-\d{6}-rates-[a-z2-9]{4}$/);
    expect(ledger.dir).toBe(join(sweepsDir, ledger.sweepId));
    expect(statSync(ledger.dir).mode & 0o777).toBe(0o700);
    expect(ledger.records).toEqual([
      {
        kind: "sweep",
        format: "tomoe.sweep/1",
        sweepId: ledger.sweepId,
        ordinal: 1,
        createdAt: expect.any(String),
        ...newSweep,
      },
    ]);
    const { ledger: second } = await begunSweep(sweepsDir);
    expect(second.records[0]).toMatchObject({ ordinal: 2 });
    expect(readdirSync(sweepsDir).sort()).toEqual([ledger.sweepId, second.sweepId].sort());
    await Promise.all([ledger.close(), second.close()]);
  });

  it("leaves nothing where the folder cannot be made, and names the flag that says another place", async () => {
    const file = join(freshSweeps(), "..");
    const { ledger } = await begunSweep(join(file, "sweeps"));
    await ledger.close();
    writeFileSync(join(file, "blocked"), "");
    const refused = await caught(() => createSweep(join(file, "blocked"), newSweep, quiet));
    expect(refused.code).toBe("OUTPUT_CREATE");
    expect(refused.hint).toContain("--sweeps");
  });
});

describe("a ledger", () => {
  it("has a record on the disk once append resolves, and its own copy reads as the disk's will", async () => {
    const { ledger } = await begunSweep(freshSweeps());
    await ledger.append(trial);
    expect(readFileSync(segment(ledger.dir), "utf8").split("\n").length).toBe(3);
    const { records } = await openSweep(join(ledger.dir, ".."), ledger.sweepId);
    expect(JSON.stringify(records)).toBe(JSON.stringify(ledger.records));
    await ledger.close();
  });

  it("belongs to one process at a time, is free once closed, and goes on where it stood", async () => {
    const { ledger } = await begunSweep(freshSweeps());
    const { sweepId, dir } = ledger;
    expect((await caught(() => claimSweep({ sweepId, dir }, quiet))).code).toBe("LOCKED");
    await ledger.append(trial);
    await ledger.close();
    await ledger.close();
    const again = await claimSweep({ sweepId, dir }, quiet);
    expect(again.records[1]).toEqual({ ...trial, assignment: { a: 2, "b.x": 1 } });
    await again.append({ kind: "worked", seconds: 1 });
    await again.close();
    expect((await openSweep(join(dir, ".."), sweepId)).records.length).toBe(3);
  });

  it("cuts a torn tail with a notice, keeps what was acknowledged, and refuses damage before it", async () => {
    const { ledger } = await begunSweep(freshSweeps());
    const { sweepId, dir } = ledger;
    await ledger.append(trial);
    await ledger.close();
    appendFileSync(segment(dir), '{"seq":2,"kind":"wor');
    const notices: string[] = [];
    const again = await claimSweep({ sweepId, dir }, { notice: (line) => notices.push(line) });
    expect(notices).toEqual([expect.stringContaining("never acknowledged")]);
    expect(again.records.length).toBe(2);
    await again.close();
    writeFileSync(segment(dir), readFileSync(segment(dir), "utf8").replace('"seed":4', '"seed":5'));
    expect((await caught(() => claimSweep({ sweepId, dir }, quiet))).code).toBe("RECORD_INVALID");
    expect(existsSync(join(dir, "lock"))).toBe(false);
  });

  it("writes files of the folder whole, and none once it is closed", async () => {
    const { ledger } = await begunSweep(freshSweeps());
    await ledger.write("best.json", "{}\n");
    await ledger.write("best.json", '{"a":1}\n');
    expect(readFileSync(join(ledger.dir, "best.json"), "utf8")).toBe('{"a":1}\n');
    await ledger.close();
    expect((await caught(() => ledger.write("best.json", ""))).code).toBe("LOCKED");
    expect((await caught(() => ledger.append(trial))).code).toBe("INTERNAL");
    expect(readdirSync(ledger.dir).sort()).toEqual(["best.json", "ledger"]);
  });

  it("is none in a folder without a header", async () => {
    const { ledger } = await begunSweep(freshSweeps());
    const { sweepId, dir } = ledger;
    await ledger.close();
    writeFileSync(segment(dir), "");
    expect((await caught(() => claimSweep({ sweepId, dir }, quiet))).code).toBe("RECORD_INVALID");
  });
});
