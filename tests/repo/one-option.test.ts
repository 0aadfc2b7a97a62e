import { filesThatName } from "../support/measures.ts";
import { repoText } from "../support/source-tree.ts";

describe("a new router option", () => {
  const journey =
    repoText("ARCHITECTURE.md").split("## Journey of one parameter")[1]?.split("\n## ")[0] ?? "";
  const listed = [...journey.matchAll(/^\| `([^`]+)` \|/gm)].map(([, path]) => path);

  it("touches six files by hand at most, those that ARCHITECTURE.md names", () => {
    expect(listed.length).toBeLessThanOrEqual(6);
    expect([...listed].sort()).toEqual(filesThatName("zLossWeight").sort());
  });

  it("is said once: no file beside its row names its range", () => {
    const row = repoText("ts/schema/options/router.ts");
    expect(row).toContain("zLossWeight: {");
    for (const path of listed.filter((one) => one !== "ts/schema/options/router.ts"))
      expect(repoText(path ?? "")).not.toMatch(/z_?loss_?weight\W+(?:>=|<=|>|<)\s*\d/i);
  });
});
