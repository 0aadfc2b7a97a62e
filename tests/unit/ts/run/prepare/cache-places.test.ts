import { cacheRoots, regionPath } from "../../../../../ts/run/prepare/cache-places.ts";
import { caught } from "../../../../support/caught.ts";

const region = (root: string) => ({
  root,
  path: "ab/c.arrow",
  offsetBytes: 0,
  lengthBytes: 1,
  crc32: 0,
  generation: 0,
});

describe("where volumes of cases lie", () => {
  it("is the run's own folder, and the rows of the project where there are some", () => {
    expect(cacheRoots({ cacheDir: "/run/cache" })).toEqual([
      { name: "cache", path: "/run/cache", writable: false },
    ]);
    expect(cacheRoots({ cacheDir: "/run/cache", rowsDir: "/rows" })).toEqual([
      { name: "cache", path: "/run/cache", writable: false },
      { name: "rows", path: "/rows", writable: false },
    ]);
  });

  it("is said by the root of a region", async () => {
    const places = { cacheDir: "/run/cache", rowsDir: "/rows" };
    expect(regionPath(places, region("rows"))).toBe("/rows/ab/c.arrow");
    expect(regionPath(places, region("cache"))).toBe("/run/cache/ab/c.arrow");
    const shut = await caught(() => regionPath({ cacheDir: "/run/cache" }, region("rows")));
    expect([shut.code, shut.what]).toEqual([
      "INTERNAL",
      "a volume lies below the root rows, which is not open",
    ]);
  });
});
