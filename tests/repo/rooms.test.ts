import { filesSideBySide } from "../support/measures.ts";
import { listed } from "../support/source-tree.ts";

// The first rule for guests: a room is read in one breath.
describe("a folder of source", () => {
  it("has at most twelve files side by side, its door not counted", () => {
    const crowded = filesSideBySide().filter(([, count]) => count > 12);
    expect(listed(crowded.map(([folder, count]) => `${folder} has ${count} files`))).toBe("");
  });
});
