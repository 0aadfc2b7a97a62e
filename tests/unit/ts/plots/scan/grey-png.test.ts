import { crc32 } from "node:zlib";
import { greyDataUri, greyPng } from "../../../../../ts/plots/scan/grey-png.ts";
import { decodePng } from "../../../../support/png.ts";

const pixels = Uint8Array.from({ length: 35 }, (_, index) => (index * 37) % 256);

describe("a grey picture as PNG", () => {
  it("holds every pixel, row by row, when another reader opens it", () => {
    const decoded = decodePng(greyPng({ pixels, width: 7, height: 5 }));
    expect([decoded.width, decoded.height, decoded.channels]).toEqual([7, 5, 1]);
    expect([...decoded.pixels]).toEqual([...pixels]);
  });

  it("has a right checksum in each chunk", () => {
    const file = greyPng({ pixels, width: 5, height: 7 });
    let chunks = 0;
    for (let at = 8; at < file.length; chunks++) {
      const length = file.readUInt32BE(at);
      expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(file.subarray(at + 4, at + 8 + length)));
      at += 12 + length;
    }
    expect(chunks).toBe(3);
  });

  it("stands in an SVG as an address of text alone", () => {
    const [head = "", body = ""] = greyDataUri({ pixels, width: 7, height: 5 }).split(",");
    expect(head).toBe("data:image/png;base64");
    expect(Buffer.from(body, "base64")).toEqual(greyPng({ pixels, width: 7, height: 5 }));
  });
});
