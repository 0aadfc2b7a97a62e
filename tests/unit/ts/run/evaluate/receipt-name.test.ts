import { receiptName } from "../../../../../ts/run/evaluate/receipt-name.ts";

describe("the name of a receipt", () => {
  it.each([
    ["phantom-test-3", "phantom-test-3.json"],
    ["ct_case/000003/Axial_C__arterial_phase", "ct_case%2F000003%2FAxial_C__arterial_phase.json"],
    ["a b", "a b.json"],
    [".hidden", "%2Ehidden.json"],
    ["..", "%2E..json"],
    ["Größe", "Gr%C3%B6%C3%9Fe.json"],
  ])("of %s is %s", (id, name) => {
    expect(receiptName(id)).toBe(name);
  });

  it("stays short and its own for ids that differ at their end alone", () => {
    const names = ["1", "2"].map((end) => receiptName(`${"肺/".repeat(200)}${end}`));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(205);
  });
});
