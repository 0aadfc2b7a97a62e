import {
  largestAnswer,
  packAnswer,
  packRequest,
  unpackAnswer,
  unpackRequest,
} from "../../../../../../../ts/data/volume/dicom/codecs/messages.ts";
import type { PixelFormat } from "../../../../../../../ts/data/volume/dicom/slice.ts";

const format: PixelFormat = {
  rows: 1,
  columns: 2,
  bitsAllocated: 16,
  bitsStored: 12,
  signed: true,
};

describe("the messages between reader and decoder process", () => {
  it("carry a frame and its format unchanged", () => {
    const message = Buffer.concat(packRequest(3, format, Uint8Array.of(1, 2, 3)));
    const request = unpackRequest(message);
    expect(request).toMatchObject({ decoder: 3, format });
    expect([...(request?.bytes ?? [])]).toEqual([1, 2, 3]);
    expect(unpackRequest(message.subarray(0, 23))).toBeUndefined();
    expect(unpackRequest(Buffer.alloc(30))).toBeUndefined();
  });

  it("carry an answer unchanged, within the bound of its frame", () => {
    const facts = {
      width: 2,
      height: 1,
      components: 1,
      bits: 12,
      signed: true,
      lossy: true,
    };
    const message = Buffer.concat(packAnswer({ ...facts, samples: Uint16Array.of(7, 4095) }));
    expect(message.length).toBeLessThanOrEqual(largestAnswer(format));
    const answer = unpackAnswer(message);
    expect(answer).toMatchObject(facts);
    expect(typeof answer === "object" ? [...answer.samples] : []).toEqual([7, 4095]);
    expect(unpackAnswer(message.subarray(0, message.length - 1))).toBeUndefined();
    expect(unpackAnswer(message.subarray(0, 27))).toBeUndefined();
  });

  it("carry a refusal in words", () => {
    const message = Buffer.concat(packAnswer("the codestream is damaged"));
    expect(unpackAnswer(message)).toBe("the codestream is damaged");
    expect(message.length).toBeLessThanOrEqual(largestAnswer(format));
  });
});
