import { usualCache } from "../../../../../ts/data/cache/place.ts";

describe("the cache of a project", () => {
  it("lies in its own folder, where TOMOE_CACHE says, or nowhere", () => {
    expect(usualCache({}, "/home/me/ct")).toBe("/home/me/ct/.tomoe/cache");
    expect(usualCache({ TOMOE_CACHE: "" }, "/home/me/ct")).toBe("/home/me/ct/.tomoe/cache");
    expect(usualCache({ TOMOE_CACHE: "/scratch/rows" }, "/home/me/ct")).toBe("/scratch/rows");
    expect(usualCache({ TOMOE_CACHE: "rows" }, "/home/me/ct")).toBe("/home/me/ct/rows");
    expect(usualCache({ TOMOE_CACHE: "off" }, "/home/me/ct")).toBeNull();
  });
});
