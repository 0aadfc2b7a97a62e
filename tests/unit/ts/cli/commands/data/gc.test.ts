import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { dataGcDocument } from "../../../../../../ts/cli/commands/data/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { cleanFolder } from "../../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { withCache } from "../../../../../support/with-cache.ts";

const root = temporaryFolder();
const cache = join(root, "rows");
const gc = async (...words: readonly string[]) => await withCache(cache, () => call("data", "gc", ...words));

describe("tomoe data gc", () => {
  beforeAll(async () => {
    const clean = await cleanFolder(join(root, "clean"));
    const words = [clean, "--size", "8,24,24", "--window", "-1000,1000", "--jobs", "1"];
    await withCache(cache, () => call("data", "build", ...words));
  });
  const rows = (): number =>
    readdirSync(join(cache, "rows"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".arrow"),
    ).length;

  it("keeps what was built, and prints a document that keeps to its schema", async () => {
    const { document, text } = await gc();
    expect(dataGcDocument.parse(document)).toMatchObject({
      ok: true,
      dryRun: false,
      rows: { total: 4, removed: 0 },
      needed: { builds: 1 },
    });
    expect(text).toMatch(
      // Indexes of what other tests opened lie in the project too.
      /^0 of 4 rows(?: and \d+ of \d+ indexes of tables)? removed \(.*\), .* left\nneeded by 0 runs, 0 evaluations, 1 builds\n/,
    );
  });

  it("tells what a limit would remove, and then removes it", async () => {
    const asked = await gc("--dry-run", "--older-than", "0");
    expect(asked.text).toMatch(/^4 of 4 rows(?: and \d+ of \d+ indexes of tables)? would be removed \(/);
    expect(rows()).toBe(4);
    expect((await gc("--most-gb", "1")).document).toMatchObject({ rows: { removed: 0 } });
    expect((await gc("--older-than", "0")).document).toMatchObject({
      rows: { total: 4, removed: 4 },
      left: 0,
    });
    expect(rows()).toBe(0);
    expect(existsSync(cache)).toBe(true);
  });

  it("refuses limits that are none, and a cache that is off", async () => {
    const error = await caught(() => gc("--older-than", "-1"));
    expect([error.code, error.message.includes("--older-than must not be negative")]).toEqual([
      "USAGE_INVALID",
      true,
    ]);
    const off = await withCache("off", () => caught(() => call("data", "gc")));
    expect(off.what).toBe("TOMOE_CACHE is off: there is no cache to look at");
  });
});
