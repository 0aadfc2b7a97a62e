import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Push } from "zeromq";
import { TelemetryEvent } from "../../../../ts/gen/tomoe/v1/telemetry.ts";
import type { TelemetryItem, TelemetryReceiver } from "../../../../ts/telemetry/index.ts";
import { openTelemetry } from "../../../../ts/telemetry/index.ts";
import { caught } from "../../../support/caught.ts";

let folder: string;
let open: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-telemetry-"));
});
afterEach(async () => {
  for (const each of open) await each();
  open = [];
  rmSync(folder, { recursive: true, force: true });
});

async function receiver(
  change: { maxBacklog?: number; runtimeDir?: string } = {},
): Promise<{ telemetry: TelemetryReceiver; push: Push }> {
  const telemetry = await openTelemetry({ runtimeDir: folder, ...change });
  const push = new Push({ linger: 0 });
  push.connect(telemetry.endpoint);
  open.push(
    () => push.close(),
    () => telemetry.close(),
  );
  return { telemetry, push };
}

const log = (sequence: number, text = "", rank = 0): Uint8Array =>
  TelemetryEvent.encode({
    sequence: BigInt(sequence),
    rank,
    attempt: 0,
    elapsedSeconds: 0,
    event: { $case: "log", value: { level: "info", text } },
  }).finish();

async function take(reader: AsyncIterator<TelemetryItem>, count: number): Promise<TelemetryItem[]> {
  const items: TelemetryItem[] = [];
  while (items.length < count) {
    const next = await reader.next();
    if (next.done === true) break;
    items.push(next.value);
  }
  return items;
}

describe("the telemetry receiver", () => {
  it("gives typed events in order over a socket in the private folder", async () => {
    const { telemetry, push } = await receiver();
    expect(telemetry.endpoint).toBe(`ipc://${folder}/telemetry.sock`);
    const reader = telemetry.events();
    for (let sequence = 0; sequence < 50; sequence += 1) await push.send(log(sequence, `line ${sequence}`));
    const items = await take(reader, 50);
    expect(items.map((item) => (item.kind === "log" ? item.text : item.kind))).toEqual(
      Array.from({ length: 50 }, (_, index) => `line ${index}`),
    );
    expect(telemetry.losses()).toEqual([]);
  });

  it("shows a loss where it happened and counts it by rank", async () => {
    const { telemetry, push } = await receiver();
    const reader = telemetry.events();
    for (const sequence of [0, 1, 5]) await push.send(log(sequence, "", 2));
    expect((await take(reader, 4)).map((item) => (item.kind === "gap" ? item : item.kind))).toEqual([
      "log",
      "log",
      { kind: "gap", missing: 3, where: "wire", rank: 2, attempt: 0 },
      "log",
    ]);
    expect(telemetry.losses()).toEqual([{ rank: 2, attempt: 0, lost: 3 }]);
  });

  it("shows bytes that are no event and goes on", async () => {
    const { telemetry, push } = await receiver();
    const reader = telemetry.events();
    await push.send(new Uint8Array([255, 255]));
    await push.send(log(0));
    expect(await take(reader, 2)).toMatchObject([
      { kind: "garbage", bytes: 2, problem: "[WIRE_INVALID] 2 bytes are no TelemetryEvent" },
      { kind: "log" },
    ]);
  });

  it("drops the oldest for a reader that is too slow, tells it how many, and spares the others", async () => {
    const { telemetry, push } = await receiver({ maxBacklog: 10 });
    const slow = telemetry.events();
    const fast = telemetry.events();
    const seen = take(fast, 100);
    for (let sequence = 0; sequence < 100; sequence += 1) {
      await push.send(log(sequence, `${sequence}`));
      if (sequence % 5 === 4) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await seen).every((item) => item.kind === "log")).toBe(true);
    const [gap, first, ...rest] = await take(slow, 11);
    expect(gap).toEqual({ kind: "gap", missing: 90, where: "reader", rank: null, attempt: null });
    expect(first).toMatchObject({ kind: "log", text: "90" });
    expect(rest.length).toBe(9);
  });

  it("ends every reader when it is closed, and later readers at once", async () => {
    const { telemetry, push } = await receiver();
    const reader = telemetry.events();
    const waiting = take(reader, 5);
    await push.send(log(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await telemetry.close();
    await telemetry.close();
    expect((await waiting).length).toBe(1);
    expect(await take(telemetry.events(), 1)).toEqual([]);
  });

  it("lets a reader leave early", async () => {
    const { telemetry, push } = await receiver();
    await push.send(log(0));
    const texts: string[] = [];
    const sending = setInterval(() => void push.send(log(1, "later")).catch(() => undefined), 5);
    for await (const item of telemetry.events()) {
      texts.push(item.kind);
      break;
    }
    clearInterval(sending);
    expect(texts.length).toBe(1);
  });

  it("uses loopback TCP where the socket's path would be too long", async () => {
    const { telemetry, push } = await receiver({ runtimeDir: join(folder, "x".repeat(100)) });
    expect(telemetry.endpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    const reader = telemetry.events();
    await push.send(log(0));
    expect((await take(reader, 1)).length).toBe(1);
  });

  it("names the endpoint it cannot bind", async () => {
    const error = await caught(() => openTelemetry({ runtimeDir: join(folder, "absent") }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_UNAVAILABLE",
      message: `[WORKER_UNAVAILABLE] cannot bind telemetry to ipc://${folder}/absent/telemetry.sock`,
    });
  });
});
