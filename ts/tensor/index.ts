/**
 * Typed arrays <-> Arrow IPC bytes, checksums and wire chunks. Pure; the only folder that imports
 * apache-arrow.
 */

export type { TensorArrays, TensorColumn, TensorColumnOf, TensorDtype, TensorLimits } from "./column.ts";
export {
  assertTensorColumn,
  assertTensorColumns,
  isTensorDtype,
  itemBytes,
  rowElements,
  tensorDtypes,
  tensorLimits,
} from "./column.ts";
export { decodeTensors } from "./decode.ts";
export { encodeTensors } from "./encode.ts";
export {
  bytesFieldOverhead,
  ChunkAssembler,
  crc32,
  piecesBytes,
  serializeBytesField,
  splitIntoWireChunks,
  wireChunkBytes,
} from "./wire-chunks.ts";
