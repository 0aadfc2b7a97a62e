import { renderImportance } from "../../../../../ts/plots/sweep/importance.ts";

describe("renderImportance", () => {
  it("draws a bar for each option as long as its share, with the number beside it, and grows with them", () => {
    const svg = renderImportance("Importance", [
      { name: "rate", share: 1, note: "20 trials" },
      { name: "a & b", share: 0.25, note: "11 trials" },
      { name: "early", share: null, note: "1 trial" },
    ]);
    const ends = [...svg.matchAll(/x2="([\d.]+)"[^>]*class="s0"/g)].map(([, end]) => Number(end));
    expect(ends).toEqual([820, 475]);
    expect(svg).toContain("1.00  20 trials");
    expect(svg).toContain("?  1 trial");
    expect(svg).toContain("a &amp; b");
    const taller = renderImportance(
      "Importance",
      Array.from({ length: 9 }, () => ({ name: "x", share: 0, note: "" })),
    );
    const height = (text: string): number => Number(/height="(\d+)"/.exec(text)?.[1]);
    expect(height(taller)).toBeGreaterThan(height(svg));
    expect(renderImportance("Importance", [])).toContain("<title>Importance</title>");
  });
});
