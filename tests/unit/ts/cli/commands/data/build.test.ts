import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataBuildDocument } from "../../../../../../ts/cli/commands/data/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { cleanFolder, faultyFolder } from "../../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { withCache } from "../../../../../support/with-cache.ts";

const root = temporaryFolder();
let clean = "";
beforeAll(async () => {
  clean = await cleanFolder(join(root, "clean"));
});
const grid = ["--size", "8,24,24", "--window", "-1000,1000"];

describe("tomoe data build", () => {
  it("makes rows of a data set, and prints a document that keeps to its schema", async () => {
    const cache = join(root, "rows");
    await withCache(cache, async () => {
      const { document, text } = await call("data", "build", clean, ...grid, "--jobs", "1");
      expect(dataBuildDocument.parse(document)).toMatchObject({
        ok: true,
        cache,
        rows: { total: 4, built: 4 },
      });
      expect(text).toContain("4 volumes: 4 built, 0 were there");
      const again = await call("data", "build", clean, ...grid, "--layout", "table");
      expect(again.document).toMatchObject({ rows: { built: 0, reused: 4 } });
      const other = await call("data", "build", clean, ...grid, "--stack", "axial", "--sampling", "linear");
      expect(other.document).toMatchObject({ rows: { built: 4 } });
    });
  });

  it("says what is refused once everything else is built", async () => {
    const faulty = await faultyFolder(join(root, "faulty"));
    const error = await withCache(join(root, "faulty-rows"), () =>
      caught(() => call("data", "build", faulty, ...grid, "--jobs", "1")),
    );
    expect(error.exitCode).toBe(65);
    expect(error.details.rows).toMatchObject({ refused: 3 });
  });

  it.each([
    [[], "--size is missing"],
    [["--size", "8,24,24"], "--window is missing"],
    [[...grid, "--set", "seed=1"], "--set cannot stand here"],
    [[...grid, "--jobs", "65"], "--jobs is 1 to 64, found 65"],
    [[...grid, "--fit", "squeeze"], "--fit must be one of stretch, pad"],
  ])("refuses a data set with %j", async (words, message) => {
    const error = await withCache(join(root, "none"), () =>
      caught(() => call("data", "build", clean, ...words)),
    );
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.message).toContain(message);
  });

  it("refuses flags that say what the recipe says, and a cache that is off", async () => {
    const recipe = join(root, "recipe.ts");
    writeFileSync(recipe, "export const experiment = 1;\n");
    const error = await caught(() => call("data", "build", recipe, ...grid));
    expect(error.message).toContain("--size cannot stand here: the recipe says it");
    const off = await withCache("off", () => caught(() => call("data", "build", clean, ...grid)));
    expect([off.code, off.what]).toEqual(["USAGE_INVALID", "TOMOE_CACHE is off: there is no cache to build"]);
    const recipeOff = await withCache("off", () => caught(() => call("data", "build", recipe)));
    expect(recipeOff.what).toBe(off.what);
  });
});
