import { TomoeError } from "../../errors.ts";
import { FitTokenizerRequest } from "../../gen/tomoe/v1/model.ts";
import { PutTensorRequest, PutTensorResponse } from "../../gen/tomoe/v1/tensor.ts";
import { WorkerServiceService as service } from "../../gen/tomoe/v1/worker_service.ts";
import {
  bytesFieldOverhead,
  crc32,
  piecesBytes,
  serializeBytesField,
  splitIntoWireChunks,
} from "../../tensor/index.ts";
import type { CallOptions, TensorColumnFacts } from "../rank.ts";
import { pack, unpack } from "../wire/walk.ts";
import type { WorkerChannel } from "./channel.ts";
import { rawWindow } from "./sending.ts";

const linesPerMessage = 1_000;
const charsPerMessage = 2 ** 20;
/** PutTensorRequest.chunk is field 2. */
const chunkField = 2;

/** The texts a tokenizer is fitted on, many lines a message, after a header with the vocabulary's size. */
export async function* tokenizerRequests(
  lines: Iterable<string> | AsyncIterable<string>,
  vocab: number,
): AsyncGenerator<FitTokenizerRequest, void, undefined> {
  yield pack(FitTokenizerRequest, { part: { $case: "header", value: { vocab } } });
  let held: string[] = [];
  let chars = 0;
  const message = (): FitTokenizerRequest =>
    pack(FitTokenizerRequest, { part: { $case: "lines", value: { lines: held } } });
  for await (const line of lines) {
    held.push(line);
    chars += line.length;
    if (held.length < linesPerMessage && chars < charsPerMessage) continue;
    yield message();
    held = [];
    chars = 0;
  }
  if (held.length > 0) yield message();
}

/**
 * Sends Arrow bytes in chunks and gives what the worker found in them; errors as `WorkerClient.putTensor`.
 *
 * @throws TomoeError `WIRE_INVALID` when the worker took another upload than was sent.
 */
export async function uploadTensor(
  channel: WorkerChannel,
  uploadId: string,
  parts: readonly Uint8Array[],
  bounds: CallOptions & { readonly timeoutMs: number },
): Promise<readonly TensorColumnFacts[]> {
  const response = await channel.clientStream(service.putTensor, tensorRequests(uploadId, parts), bounds);
  const taken = unpack(PutTensorResponse, response);
  const sentBytes = piecesBytes(parts);
  if (taken.uploadId !== uploadId || taken.lengthBytes !== sentBytes) {
    throw new TomoeError(
      "WIRE_INVALID",
      `upload ${uploadId} of ${sentBytes} bytes was taken as ${taken.uploadId} of ${taken.lengthBytes}`,
      { hint: "The worker is of another build; install the same version on both sides." },
    );
  }
  return taken.columns;
}

function* tensorRequests(
  uploadId: string,
  parts: readonly Uint8Array[],
): Generator<PutTensorRequest | Buffer, void, undefined> {
  const chunks = splitIntoWireChunks(parts);
  const header = {
    uploadId,
    lengthBytes: piecesBytes(parts),
    chunkCount: chunks.length,
    crc32: crc32(parts),
  };
  yield pack(PutTensorRequest, { part: { $case: "header", value: header } });
  // The generated encoder and grpc-js would copy each chunk four times; this copies it once, into one of two
  // buffers in turn.
  const buffers = chunks
    .slice(0, rawWindow)
    .map((chunk) => Buffer.allocUnsafeSlow(piecesBytes(chunk) + bytesFieldOverhead));
  for (const [index, chunk] of chunks.entries())
    yield serializeBytesField(chunkField, chunk, buffers[index % rawWindow]);
}
