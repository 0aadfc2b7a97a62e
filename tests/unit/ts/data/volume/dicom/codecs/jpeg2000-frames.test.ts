import {
  answerHeaderBytes,
  packAnswer,
  packImages,
  unpackAnswers,
  unpackImages,
} from "../../../../../../../ts/data/volume/dicom/codecs/jpeg2000-frames.ts";

describe("the frames between parent and decoder", () => {
  it("carry images and answers unchanged", () => {
    const images = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([9])];
    expect(unpackImages(packImages(images))?.map((bytes) => [...bytes])).toEqual(
      images.map((bytes) => [...bytes]),
    );
    const answer = {
      status: 0,
      width: 2,
      height: 1,
      bits: 12,
      signed: true,
      reversible: false,
      samples: new Uint8Array([1, 2, 3, 4]),
    };
    const bytes = packAnswer(answer);
    expect(bytes).toHaveLength(answerHeaderBytes + 4);
    expect(unpackAnswers(bytes, 1)).toEqual([{ ...answer, samples: bytes.subarray(answerHeaderBytes) }]);
  });

  it("notice bytes that do not add up: cut short, too many, or a library's text between them", () => {
    const packed = packImages([new Uint8Array([1, 2, 3])]);
    for (const bytes of [
      packed.subarray(0, 6),
      Buffer.concat([packed, Buffer.from([1])]),
      packed.subarray(0, 2),
    ])
      expect(unpackImages(bytes)).toBeUndefined();
    const answer = packAnswer({
      status: 1,
      width: 0,
      height: 0,
      bits: 0,
      signed: false,
      reversible: false,
      samples: new Uint8Array(0),
    });
    for (const bytes of [
      answer.subarray(0, 31),
      Buffer.concat([Buffer.from("[INFO] a\n"), answer]),
      Buffer.concat([answer, answer]),
    ])
      expect(unpackAnswers(bytes, 1)).toBeUndefined();
  });
});
