import { npyChunks } from "../../../../../ts/data/prepare/npy.ts";

describe("npyChunks", () => {
  it.each([
    [
      Int16Array.of(1, -2, 3, 4, 5, 6),
      [1, 2, 3],
      "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2, 3), }",
    ],
    [Float32Array.of(0.5, 1), [2], "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"],
  ])("writes a format 1.0 header before the untouched data", (data, shape, text) => {
    const [header, body] = npyChunks([data], shape).map((chunk) => Buffer.from(chunk));
    expect(header?.subarray(0, 8).toString("latin1")).toBe("\x93NUMPY\x01\x00");
    expect((header?.length ?? 1) % 64).toBe(0);
    expect(header?.readUInt16LE(8)).toBe((header?.length ?? 0) - 10);
    expect(header?.subarray(10).toString("latin1").trimEnd()).toBe(text);
    expect(header?.at(-1)).toBe(10);
    expect(body?.equals(Buffer.from(data.buffer))).toBe(true);
  });

  it("lays several arrays one after another, parts of larger ones too", () => {
    const whole = Float32Array.of(9, 1, 2, 9);
    const chunks = npyChunks([whole.subarray(1, 3), Float32Array.of(3, 4)], [2, 2]);
    expect(Buffer.from(chunks[0] ?? []).toString("latin1")).toContain("'shape': (2, 2)");
    expect(Buffer.concat(chunks.slice(1)).equals(Buffer.from(Float32Array.of(1, 2, 3, 4).buffer))).toBe(true);
  });
});
