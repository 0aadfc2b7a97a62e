import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { RowLog } from "../../../../../ts/track/index.ts";
import { readRows } from "../../../../../ts/track/read/index.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let files = 0;
const place = (): string => join(scratch.path, `predictions-${files++}.jsonl`);
const openRows = (path: string, notice: (line: string) => void = () => undefined): Promise<RowLog> =>
  RowLog.open(path, {
    guard: async () => undefined,
    notice,
    space: new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, notice),
  });
const row = (id: string, prediction: string) => ({
  id,
  case: "case-1",
  task: "report",
  target: "no lesion",
  prediction,
});

describe("the rows of predictions", () => {
  it("are plain JSON lines with nothing added", async () => {
    const path = place();
    const rows = await openRows(path);
    await rows.append([row("a", "one"), row("b", "two")]);
    await rows.close();
    expect(readFileSync(path, "utf8")).toBe(
      `${JSON.stringify(row("a", "one"))}\n${JSON.stringify(row("b", "two"))}\n`,
    );
    expect(await readRows(path)).toEqual([row("a", "one"), row("b", "two")]);
  });

  it("tell a restart which ids are done, and cut a torn row off with a line", async () => {
    const path = place();
    const rows = await openRows(path);
    await rows.append([row("a", "one")]);
    await rows.close();
    const whole = readFileSync(path);
    appendFileSync(path, '{"id":"b","case');
    expect(await readRows(path)).toHaveLength(1);
    const lines: string[] = [];
    const again = await openRows(path, (line) => lines.push(line));
    expect([...again.ids]).toEqual(["a"]);
    expect(lines[0]).toContain("cut 15 bytes");
    expect(readFileSync(path).equals(whole)).toBe(true);
    await again.append([row("a", "one"), row("b", "two")]);
    await again.close();
    expect((await readRows(path)).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("refuse another row for an id that is there", async () => {
    const path = place();
    const rows = await openRows(path);
    await rows.append([row("a", "one")]);
    const refused = await failureOf(rows.append([row("b", "two"), row("a", "other")]));
    expect(refused.code).toBe("REPLAY_DIVERGED");
    expect(refused.message).toContain('another row for "a"');
    await rows.close();
    expect(await readRows(path)).toHaveLength(1);
  });

  it.each([
    ["a line that is not JSON", "not json\n{}\n", "line 1 is not a row with an id"],
    [
      "a row without an id",
      `${JSON.stringify(row("a", "x"))}\n{"case":"c"}\n`,
      "line 2 is not a row with an id",
    ],
    [
      "an id that stands twice",
      `${JSON.stringify(row("a", "x"))}\n${JSON.stringify(row("a", "x"))}\n`,
      'the id "a" stands a second time in line 2',
    ],
  ])("refuse a file with %s, naming the line", async (_title, content, message) => {
    const path = place();
    writeFileSync(path, content);
    const refused = await failureOf(readRows(path));
    expect(refused.code).toBe("RECORD_INVALID");
    expect(refused.message).toContain(message);
    expect((await failureOf(openRows(path))).code).toBe("RECORD_INVALID");
  });
});
