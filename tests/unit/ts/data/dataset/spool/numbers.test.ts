import { Numbers } from "../../../../../../ts/data/dataset/spool/numbers.ts";

describe("a list of numbers", () => {
  it("grows as it is written, with zeros between, and keeps what its kind keeps", () => {
    const places = new Numbers((length) => new Float64Array(length));
    expect([places.length, places.at(3)]).toEqual([0, 0]);
    for (let at = 0; at < 1000; at++) places.set(at, 2 ** 40 + at);
    expect([places.length, places.at(0), places.at(999), places.at(1000)]).toEqual([
      1000,
      2 ** 40,
      2 ** 40 + 999,
      0,
    ]);
    const counts = new Numbers((length) => new Uint32Array(length));
    counts.set(200, 7);
    expect([counts.length, counts.at(199), counts.at(200)]).toEqual([201, 0, 7]);
    counts.set(5, 0xffff_ffff);
    expect([counts.length, counts.at(5)]).toEqual([201, 0xffff_ffff]);
  });
});
