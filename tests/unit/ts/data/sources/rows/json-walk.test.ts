import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { JsonWalk, walkLists } from "../../../../../../ts/data/sources/rows/json-walk.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

function walked(text: string, pieceBytes = 3, maxEntryBytes = 100) {
  const walk = new JsonWalk(maxEntryBytes);
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    for (const { key, text: entry } of walk.entries(bytes.subarray(at, at + pieceBytes)))
      found.push([key, entry]);
  return { found, lists: [...walk.lists], problem: walk.problem };
}

describe("a walk over the lists of a JSON file", () => {
  const text = '{"a": {"no": [{"x": 1}]}, "li\\"st": [{"b": "]}\\\\"}, [1, {}], 5], "c": "[", "d": [{}]}';

  it.each([1, 2, 7, 1_000])("finds every entry in pieces of %d bytes", (pieceBytes) => {
    expect(walked(text, pieceBytes)).toEqual({
      found: [
        ['li\\"st', '{"b": "]}\\\\"}'],
        ['li\\"st', "[1, {}]"],
        ["d", "{}"],
      ],
      lists: ['li\\"st', "d"],
      problem: undefined,
    });
  });

  it("takes a file that is one list, and says where one ends too early", () => {
    expect(walked('[{"a":1},{"b":2}]').found).toEqual([
      ["", '{"a":1}'],
      ["", '{"b":2}'],
    ]);
    expect(walked('[{"a":1}').problem).toBe("the file ends before its JSON does");
  });

  it("gives no text for an entry that is too long, and goes on behind it", () => {
    expect(walked(`[{"a":"${"x".repeat(200)}"},{}]`).found).toEqual([
      ["", null],
      ["", "{}"],
    ]);
  });

  it("reads a file piece by piece", async () => {
    const path = join(folder, "a.json");
    writeFileSync(path, text);
    const keys: string[] = [];
    for await (const { key } of walkLists(new JsonWalk(100), path)) keys.push(key);
    expect(keys).toEqual(['li\\"st', 'li\\"st', "d"]);
    const none = async (): Promise<void> => {
      for await (const _entry of walkLists(new JsonWalk(1), join(folder, "none.json"))) keys.push("none");
    };
    expect((await caught(none)).code).toBe("PATH_NOT_FOUND");
  });
});
