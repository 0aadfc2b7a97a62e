import { usualCache, usualIndexes } from "../../../../../ts/data/cache/place.ts";

describe("the cache of a project", () => {
  it("lies in its own folder, where TOMOE_CACHE says, or nowhere", () => {
    expect(usualCache({}, "/home/me/ct")).toBe("/home/me/ct/.tomoe/cache");
    expect(usualCache({ TOMOE_CACHE: "" }, "/home/me/ct")).toBe("/home/me/ct/.tomoe/cache");
    expect(usualCache({ TOMOE_CACHE: "/scratch/rows" }, "/home/me/ct")).toBe("/scratch/rows");
    expect(usualCache({ TOMOE_CACHE: "rows" }, "/home/me/ct")).toBe("/home/me/ct/rows");
    expect(usualCache({ TOMOE_CACHE: "off" }, "/home/me/ct")).toBeNull();
  });
});

describe("the indexes of a project's data sets", () => {
  it("lie in the project, wherever its cache lies, and nowhere where that is off", () => {
    for (const env of [{}, { TOMOE_CACHE: "" }, { TOMOE_CACHE: "/scratch/rows" }])
      expect(usualIndexes(env, "/home/me/ct")).toBe("/home/me/ct/.tomoe/tables");
    expect(usualIndexes({ TOMOE_CACHE: "off" }, "/home/me/ct")).toBeNull();
  });
});
