import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeEvent, readEvents } from "../../../../../ts/track/record/events.ts";
import { encodeRecord, type JsonObject } from "../../../../../ts/track/record/frames.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

function logOf(bodies: readonly JsonObject[]): string {
  const folder = fresh();
  mkdirSync(folder);
  writeFileSync(join(folder, "000000.jsonl"), bodies.map((body, seq) => encodeRecord(seq, body)).join(""));
  return folder;
}
const plan = { attempt: 1, kind: "routing-plan", key: "shared/12", data: { topK: 2 } };
const restart = { attempt: 2, kind: "restart", data: {} };

describe("reading events", () => {
  it("gives them in their order, or those of one kind", async () => {
    const folder = logOf([plan, restart, { ...plan, key: "shared/13" }]);
    expect(await readEvents(folder)).toEqual([
      { seq: 0, ...plan },
      { seq: 1, ...restart },
      { seq: 2, ...plan, key: "shared/13" },
    ]);
    expect((await readEvents(folder, "restart")).map(({ seq }) => seq)).toEqual([1]);
    expect(await readEvents(folder, "none")).toEqual([]);
    expect(await readEvents(join(scratch.path, "none"))).toEqual([]);
  });

  it("leaves a key out that was not written", () => {
    expect("key" in decodeEvent({ seq: 0, body: restart }, "events")).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ["no attempt", { ...plan, attempt: null }],
    ["a kind that is a number", { ...plan, kind: 1 }],
    ["a key that is a number", { ...plan, key: 1 }],
    ["data that is a list", { ...plan, data: [] }],
    ["data that is nothing", { ...plan, data: null }],
    ["data that is a word", { ...plan, data: "x" }],
  ])("refuses one with %s, by its number", async (_, body) => {
    const refused = await failureOf(readEvents(logOf([restart, body])));
    expect([refused.code, refused.exitCode, refused.details.record]).toEqual(["RECORD_INVALID", 65, 1]);
    expect(refused.message).toContain("record 1 is not an event");
  });
});
