import { namesOf } from "../../../../../../ts/data/volume/raw/pattern.ts";
import { caught } from "../../../../../support/caught.ts";

describe("namesOf", () => {
  it.each([
    ["slice%03d.raw", 8, 12, 2, ["slice008.raw", "slice010.raw", "slice012.raw"]],
    ["%d", 1, 2, 1, ["1", "2"]],
    ["a%2db", 9, 10, 1, ["a 9b", "a10b"]],
    ["a%i.gz", 3, 1, -1, ["a3.gz", "a2.gz", "a1.gz"]],
    ["a%03u", -1, 0, 1, ["a-01", "a000"]],
  ])("writes %s from %d to %d by %d as C does", (pattern, first, last, step, names) => {
    expect(namesOf({ pattern, first, last, step }, 10)).toEqual(names);
  });

  it.each([
    ["no conversion", 1, 2, 1],
    ["two%d%d", 1, 2, 1],
    ["%s", 1, 2, 1],
    ["%999d", 1, 2, 1],
    ["%%d", 1, 2, 1],
    ["%d", 1, 2, 0],
    ["%d", 2, 1, 1],
    ["%d", 0.5, 2, 1],
    ["%d", 1, 1e12, 1],
  ])("refuses %s from %d to %d by %d before any name is made", async (pattern, first, last, step) => {
    const error = await caught(() => namesOf({ pattern, first, last, step }, 10));
    expect(error.code).toBe("DATA_HEADER");
    expect(error.message).not.toContain("conversion");
  });
});
