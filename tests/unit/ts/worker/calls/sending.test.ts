import { EventEmitter } from "node:events";
import type { FitTokenizerRequest } from "../../../../../ts/gen/tomoe/v1/model.ts";
import { WorkerServiceService as service } from "../../../../../ts/gen/tomoe/v1/worker_service.ts";
import { rawWindow, sendAll } from "../../../../../ts/worker/calls/sending.ts";
import { maxMessageBytes } from "../../../../../ts/worker/wire/protocol.ts";
import { caught } from "../../../../support/caught.ts";

/** The sending half of a call that takes messages only when the test says so; grpc-js has no such knob. */
class Sink extends EventEmitter {
  readonly log: string[] = [];
  readonly unsent: (() => void)[] = [];
  takesMore = true;

  write(bytes: Buffer, done?: () => void): boolean {
    this.log.push(`write ${bytes.length}`);
    if (done !== undefined) this.unsent.push(done);
    return this.takesMore;
  }

  end(): void {
    this.log.push("end");
  }
}

const lineOf = (text: string): FitTokenizerRequest => ({
  part: { $case: "lines", value: { count: 1, lines: [text] } },
});
const line = lineOf("abc");
const lineBytes = service.fitTokenizer.requestSerialize(line).length;
const never = (): boolean => false;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("sending a stream", () => {
  it("writes each message and closes its half after the last", async () => {
    const sink = new Sink();
    await sendAll(sink, service.fitTokenizer, [line, line], never);
    expect(sink.log).toEqual([`write ${lineBytes}`, `write ${lineBytes}`, "end"]);
    const none = new Sink();
    await sendAll(none, service.fitTokenizer, [], never);
    expect(none.log).toEqual(["end"]);
  });

  it.each(["drain", "close", "error", "finish"])(
    "waits while the other side takes no more, until %s",
    async (event) => {
      const sink = new Sink();
      sink.takesMore = false;
      const sending = sendAll(sink, service.fitTokenizer, [line], never);
      await settled();
      expect(sink.log).toEqual([`write ${lineBytes}`]);
      sink.emit(event);
      await sending;
      expect(sink.log.at(-1)).toBe("end");
      expect(sink.eventNames()).toEqual([]);
    },
  );

  it("asks for the next raw message only when a buffer is free again", async () => {
    const sink = new Sink();
    let made = 0;
    function* raw(): Generator<Buffer, void, undefined> {
      for (; made < 4; made += 1) yield Buffer.alloc(made + 1);
    }
    const sending = sendAll(sink, service.putTensor, raw(), never);
    await settled();
    expect(made).toBe(rawWindow - 1);
    for (let freed = 1; freed <= 3; freed += 1) {
      sink.unsent[freed - 1]?.();
      await settled();
      expect(made).toBe(Math.min(rawWindow - 1 + freed, 4));
    }
    await sending;
    expect(sink.log).toEqual(["write 1", "write 2", "write 3", "write 4", "end"]);
  });

  it("lets go of a raw message whose stream is gone", async () => {
    const sink = new Sink();
    const sending = sendAll(sink, service.putTensor, [Buffer.alloc(1), Buffer.alloc(1)], never);
    await settled();
    sink.emit("close");
    await sending;
    expect(sink.eventNames()).toEqual([]);
  });

  it("stops, and does not close, once the reply is there", async () => {
    const sink = new Sink();
    let over = false;
    async function* endless(): AsyncGenerator<FitTokenizerRequest, void, undefined> {
      for (;;) {
        yield line;
        over = true;
      }
    }
    await sendAll(sink, service.fitTokenizer, endless(), () => over);
    expect(sink.log).toEqual([`write ${lineBytes}`]);
  });

  it("raises what its source raises, and refuses a message that is too large", async () => {
    function* broken(): Generator<FitTokenizerRequest, void, undefined> {
      yield line;
      throw new RangeError("the corpus cannot be read");
    }
    await expect(sendAll(new Sink(), service.fitTokenizer, broken(), never)).rejects.toThrow(
      "the corpus cannot be read",
    );
    const huge = lineOf("x".repeat(maxMessageBytes));
    const sink = new Sink();
    expect((await caught(() => sendAll(sink, service.fitTokenizer, [huge], never))).code).toBe(
      "WIRE_TOO_LARGE",
    );
    expect(sink.log).toEqual([]);
  });
});
