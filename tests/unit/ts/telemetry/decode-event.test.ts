import { TelemetryEvent } from "../../../../ts/gen/tomoe/v1/telemetry.ts";
import { decodeEvent } from "../../../../ts/telemetry/decode-event.ts";
import { caught } from "../../../support/caught.ts";

const origin = { sequence: 7n, rank: 1, attempt: 2, elapsedSeconds: 1.5 };
const encode = (event: TelemetryEvent["event"], change: object = {}): Uint8Array =>
  TelemetryEvent.encode({ ...origin, event, ...change }).finish();
const whole = { sequence: 7, rank: 1, attempt: 2, elapsedSeconds: 1.5 };

describe("a telemetry event", () => {
  it("is one of three kinds, with where it came from", () => {
    expect(
      decodeEvent(encode({ $case: "progress", value: { stage: "s", step: 0, steps: 3, loss: Number.NaN } })),
    ).toEqual({ ...whole, kind: "progress", stage: "s", step: 0, steps: 3, loss: Number.NaN });
    expect(decodeEvent(encode({ $case: "log", value: { level: "warning", text: "" } }))).toEqual({
      ...whole,
      kind: "log",
      level: "warning",
      text: "",
    });
    expect(
      decodeEvent(encode({ $case: "system", value: { residentBytes: 5n, cpuSeconds: 0, deviceBytes: 0n } })),
    ).toEqual({ ...whole, kind: "system", residentBytes: 5, cpuSeconds: 0, deviceBytes: 0 });
  });

  it.each([
    ["sequence", encode({ $case: "log", value: { level: "info", text: "" } }, { sequence: undefined })],
    ["rank", encode({ $case: "log", value: { level: "info", text: "" } }, { rank: undefined })],
    ["event", encode(undefined)],
    ["progress.steps", encode({ $case: "progress", value: { stage: "s", step: 0, loss: 1 } })],
    ["log.text", encode({ $case: "log", value: { level: "info" } })],
    ["system.deviceBytes", encode({ $case: "system", value: { residentBytes: 5n, cpuSeconds: 0 } })],
  ])("without its %s is refused by that name", async (field, bytes) => {
    const error = await caught(() => decodeEvent(bytes));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INCOMPLETE",
      message: `[WIRE_INCOMPLETE] the message lacks TelemetryEvent.${field}`,
    });
  });

  it("of a level nobody knows, or of no shape at all, is refused", async () => {
    expect(
      (await caught(() => decodeEvent(encode({ $case: "log", value: { level: "shout", text: "" } }))))
        .message,
    ).toBe('[WIRE_INVALID] TelemetryEvent.log.level is "shout"');
    expect((await caught(() => decodeEvent(new Uint8Array([255, 255, 255])))).message).toBe(
      "[WIRE_INVALID] 3 bytes are no TelemetryEvent",
    );
  });
});
