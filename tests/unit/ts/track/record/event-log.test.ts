import { join } from "node:path";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { EventLog } from "../../../../../ts/track/index.ts";
import type { RunEvent } from "../../../../../ts/track/read/index.ts";
import { readEvents } from "../../../../../ts/track/read/index.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let logs = 0;
const place = (): string => join(scratch.path, `events-${logs++}`);
const openLog = (folder: string, attempt = 1): Promise<EventLog> =>
  EventLog.open(
    {
      folder,
      guard: async () => undefined,
      notice: () => undefined,
      space: new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, () => undefined),
    },
    () => attempt,
  );
const plan = (step: number, bias: number): RunEvent => ({
  kind: "routing-plan",
  key: `shared/${step}`,
  data: { effectiveFromStep: step, biasGE: [[bias, -bias]] },
});

describe("the log of events", () => {
  it("gives events back in the order they were appended, by kind where asked", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([plan(0, 0), { kind: "restart", data: { signal: "SIGKILL" } }]);
    await log.append([plan(1, 0.001), { kind: "restart", data: { signal: "SIGKILL" } }]);
    await log.close();
    expect((await readEvents(folder)).map(({ seq, kind }) => [seq, kind])).toEqual([
      [0, "routing-plan"],
      [1, "restart"],
      [2, "routing-plan"],
      [3, "restart"],
    ]);
    expect((await readEvents(folder, "routing-plan"))[1]).toEqual({ seq: 2, attempt: 1, ...plan(1, 0.001) });
  });

  it("takes a decision that a replay repeats as no change, whatever the order of its keys", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([plan(3, 0.5)]);
    await log.close();
    const again = await openLog(folder, 2);
    await again.append([
      { kind: "routing-plan", key: "shared/3", data: { biasGE: [[0.5, -0.5]], effectiveFromStep: 3 } },
    ]);
    await again.close();
    expect(await readEvents(folder)).toHaveLength(1);
  });

  it("refuses a decision that a replay changes, with both in the error, and writes nothing of that call", async () => {
    const folder = place();
    const log = await openLog(folder);
    await log.append([plan(3, 0.5)]);
    const refused = await failureOf(log.append([plan(4, 0.5), plan(3, 0.25)]));
    expect(refused.code).toBe("REPLAY_DIVERGED");
    expect(refused.message).toContain("the event routing-plan shared/3 was recorded as");
    expect(refused.message).toContain("0.25");
    await log.close();
    expect(await readEvents(folder)).toHaveLength(1);
  });

  it("refuses data that JSON cannot hold instead of writing null", async () => {
    const log = await openLog(place());
    const refused = await failureOf(log.append([{ kind: "route", data: { confidence: Number.NaN } }]));
    expect(refused.code).toBe("INTERNAL");
    expect(refused.message).toContain("the event route cannot be written as JSON: NaN is not allowed");
    await log.close();
  });
});
