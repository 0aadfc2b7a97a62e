import { MeasureRequest } from "../../../../../ts/gen/tomoe/v1/generation.ts";
import { WorkerServiceService as service } from "../../../../../ts/gen/tomoe/v1/worker_service.ts";
import { deserialize, nameOf, serialize } from "../../../../../ts/worker/calls/method.ts";
import { maxMessageBytes } from "../../../../../ts/worker/wire/protocol.ts";
import { caught } from "../../../../support/caught.ts";

/** A request of exactly `bytes` bytes, or one more where the length of a length changes. */
function requestOf(bytes: number): MeasureRequest {
  const empty = { metric: "", pairCount: 0, pairs: [] };
  const overhead = MeasureRequest.encode({ ...empty, metric: "x".repeat(2 ** 22) }).finish().length - 2 ** 22;
  return { ...empty, metric: "x".repeat(bytes - overhead) };
}

describe("one method of the service", () => {
  it("is called by the last part of its path", () => {
    expect(nameOf(service.createModel)).toBe("CreateModel");
    expect(nameOf({ path: "Bare" })).toBe("Bare");
  });

  it("sends a message of the largest size, and none that is a byte larger", async () => {
    expect(serialize(service.measure, requestOf(maxMessageBytes)).length).toBe(maxMessageBytes);
    const error = await caught(() => serialize(service.measure, requestOf(maxMessageBytes + 1)));
    expect({ code: error.code, what: error.what, details: error.details }).toEqual({
      code: "WIRE_TOO_LARGE",
      what: `the message of Measure has ${maxMessageBytes + 1} bytes, the limit is ${maxMessageBytes}`,
      details: { bytes: maxMessageBytes + 1, limit: maxMessageBytes },
    });
  });

  it("gives the reply in the bytes", () => {
    const bytes = service.liftModel.responseSerialize({
      reusedTensors: 1,
      newTensors: 2,
      inactiveTensors: 3,
      groupCount: 0,
      groups: [],
      ignoredTensors: 0,
      baseDigest: "",
      tensorCount: 0,
      tensors: [],
      additionCount: 0,
      additions: [],
    });
    expect(deserialize(service.liftModel, bytes)).toMatchObject({ reusedTensors: 1, newTensors: 2 });
  });

  it.each([
    ["cut in the middle of a field", Buffer.from([0x0a, 0x05, 0x61])],
    ["of a wire type there is none of", Buffer.from([0x0f])],
    ["longer than they are", Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ])("refuses bytes that are no reply: %s", async (_what, bytes) => {
    const error = await caught(() => deserialize(service.fitTokenizer, bytes));
    expect({ code: error.code, what: error.what }).toEqual({
      code: "WIRE_INVALID",
      what: `${bytes.length} bytes are no reply of /tomoe.v1.WorkerService/FitTokenizer`,
    });
    expect(error.cause).toBeDefined();
  });
});
