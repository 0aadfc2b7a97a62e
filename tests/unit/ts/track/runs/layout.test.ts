import { newRunId } from "../../../../../ts/track/runs/layout.ts";

describe("a run", () => {
  it.each([
    ["sorts by time", "a", "2026-11-24T15:30:12.000Z", /^20261124-153012-a-\w{4}$/],
    [
      "keeps 40 letters of a long name",
      "x".repeat(80),
      "2026-01-02T03:04:05.000Z",
      /^20260102-030405-x{40}-\w{4}$/,
    ],
    [
      "has no odd letters of the name",
      "Über/../CT: 3D!",
      "2026-01-02T03:04:05.000Z",
      /^20260102-030405-ber-ct-3d-\w{4}$/,
    ],
    ["does without a name that has no letters", "///", "2026-01-02T03:04:05.000Z", /^20260102-030405-\w{4}$/],
  ])("has an id that %s", (_title, name, now, expected) => {
    expect(newRunId(name, new Date(now))).toMatch(expected);
  });
});
