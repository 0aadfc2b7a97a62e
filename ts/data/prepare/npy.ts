/**
 * Bytes of a numpy .npy file (format 1.0, little endian, C order) as chunks; the data is not copied.
 *
 * @param parts - arrays of one type that lie one after another in the file.
 * @param shape - shape of all of them together.
 */
export function npyChunks(
  parts: readonly (Int16Array | Float32Array)[],
  shape: readonly number[],
): readonly Uint8Array[] {
  const descr = parts[0]?.BYTES_PER_ELEMENT === 2 ? "<i2" : "<f4";
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  // The header is padded with spaces and a newline so that the data starts at a multiple of 64.
  const padded = text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11, " ");
  const header = Buffer.alloc(10 + padded.length + 1);
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(padded.length + 1, 8);
  header.write(`${padded}\n`, 10, "latin1");
  return [
    header,
    ...parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  ];
}
