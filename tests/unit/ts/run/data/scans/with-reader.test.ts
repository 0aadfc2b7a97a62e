import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SourceCase } from "../../../../../../ts/data/sources/index.ts";
import { type Reading, withReader } from "../../../../../../ts/run/data/scans/with-reader.ts";
import { caught } from "../../../../../support/caught.ts";
import { layScans } from "../../../../../support/layouts/scans.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
await layScans(root, ["a.nii.gz"]);
const row: SourceCase = {
  id: "a",
  patient: "a",
  paths: [join(root, "a.nii.gz")],
  split: null,
  place: { table: "t.csv", row: 2 },
};
let made = 0;
const reading = (more: Partial<Reading> = {}): Reading => ({
  what: "verification",
  deep: true,
  intensity: "hu",
  out: join(root, `out${made++}`),
  signal: new AbortController().signal,
  notice: () => undefined,
  ...more,
});

describe("a reader of scans", () => {
  it("has its ledger in the folder, which the next one knows", async () => {
    const { out } = reading();
    const read = async () =>
      await withReader(reading({ out }), async (reader) => {
        await reader.begin(row);
        for await (const { verdict } of reader.finished(true))
          expect(verdict?.source).toMatch(/^[0-9a-f]{64}$/);
        return reader.known;
      });
    expect([await read(), await read()]).toEqual([0, 1]);
    expect(existsSync(join(out, "ledger"))).toBe(true);
  });

  it("holds the folder while it reads, and gives it back whatever happens", async () => {
    const { out } = reading();
    const error = await caught(() =>
      withReader(reading({ out }), async () => await withReader(reading({ out }), async () => undefined)),
    );
    expect([error.code, error.exitCode]).toEqual(["LOCKED", 77]);
    await expect(withReader(reading({ out }), async () => "free")).resolves.toBe("free");
  });

  it("says what was stopped and how it goes on; other failures come as they are", async () => {
    const stop = new AbortController();
    const own = reading({ what: "certification", signal: stop.signal });
    const stopped = await caught(() =>
      withReader(own, async () => {
        stop.abort();
        throw new RangeError("something that a stop brought about");
      }),
    );
    expect(stopped.code).toBe("CANCELLED");
    expect(stopped.message).toContain("the certification was stopped; what was read is kept");
    expect(stopped.hint).toContain(join(own.out, "ledger"));
    const failure = withReader(reading(), async () => {
      throw new RangeError("a fault");
    });
    await expect(failure).rejects.toThrow(new RangeError("a fault"));
  });
});
