import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSweep, recordOf, sweepNames, sweepOwner } from "../../../../../ts/track/sweeps/read.ts";
import { caught } from "../../../../support/caught.ts";
import { begunSweep, freshSweeps, removeSweeps } from "./fixtures.ts";

afterAll(removeSweeps);

describe("openSweep", () => {
  const sweepsDir = freshSweeps();
  const ids: string[] = [];
  beforeAll(async () => {
    for (const name of ["rates", "sizes", "sizes"]) {
      const { ledger } = await begunSweep(sweepsDir, name);
      ids.push(ledger.sweepId);
      await ledger.close();
    }
  });

  it("finds a sweep by its id, its name, its four letters, and the newest as latest", async () => {
    const [rates = "", , last = ""] = ids;
    for (const reference of [rates, "rates", rates.slice(-4)])
      expect((await openSweep(sweepsDir, reference)).sweepId).toBe(rates);
    const { sweepId, dir, records } = await openSweep(sweepsDir, "latest");
    expect([sweepId, dir]).toEqual([last, join(sweepsDir, last)]);
    expect(records[0]).toMatchObject({ kind: "sweep", ordinal: 3 });
    expect(sweepNames(sweepsDir)).toEqual([...ids].sort());
  });

  it("refuses what fits none or several, with what was meant", async () => {
    const none = await caught(() => openSweep(sweepsDir, "rate"));
    expect([none.code, none.exitCode]).toEqual(["RUN_NOT_FOUND", 64]);
    expect(none.hint).toContain(`Did you mean ${ids[0]}?`);
    const several = await caught(() => openSweep(sweepsDir, "sizes"));
    expect(several.message).toContain('"sizes" fits 2 sweeps');
    expect((await caught(() => openSweep(sweepsDir, ""))).code).toBe("RUN_NOT_FOUND");
    expect((await caught(() => openSweep(freshSweeps(), "latest"))).hint).toContain("There are no sweeps in");
  });

  it("names a sweep whose ledger is gone or is no sweep's, and passes it by where another is meant", async () => {
    const folder = freshSweeps();
    const { ledger } = await begunSweep(folder);
    await ledger.close();
    const bare = join(folder, "20261124-153012-bare-k3f9");
    mkdirSync(join(bare, "ledger"), { recursive: true });
    expect((await caught(() => openSweep(folder, "bare"))).message).toContain(
      "there is no ledger of a sweep",
    );
    writeFileSync(join(bare, "ledger", "000000.jsonl"), "{}\n{}\n");
    expect((await caught(() => openSweep(folder, "bare"))).code).toBe("RECORD_INVALID");
    expect((await openSweep(folder, "latest")).sweepId).toBe(ledger.sweepId);
    rmSync(bare, { recursive: true });
  });
});

describe("recordOf", () => {
  it("refuses a header of another version, and one that does not stand first", () => {
    const found = (seq: number, body: Readonly<Record<string, string | number>>) =>
      caught(() => recordOf({ seq, body }, "/sweeps/s/ledger"));
    return Promise.all([
      found(0, { kind: "sweep", format: "tomoe.sweep/9" }).then(({ message }) =>
        expect(message).toContain("its format is tomoe.sweep/9, this version reads tomoe.sweep/1"),
      ),
      found(0, { kind: "worked", seconds: 1 }).then(({ message }) =>
        expect(message).toContain("a ledger begins with its header"),
      ),
      found(4, { kind: "rest" }).then(({ code, message }) => {
        expect(code).toBe("RECORD_INVALID");
        expect(message).toContain("/sweeps/s/ledger record 4");
      }),
    ]);
  });
});

describe("sweepOwner", () => {
  it("names the process that works on a sweep, and nobody once it is done", async () => {
    const { ledger } = await begunSweep(freshSweeps());
    expect(sweepOwner(ledger)).toContain(`process ${process.pid} on `);
    await ledger.close();
    expect(sweepOwner(ledger)).toBeUndefined();
  });
});
