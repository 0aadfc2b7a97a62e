import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writevSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TomoeError } from "../errors.ts";
import { descendantsOf } from "../process/proc/index.ts";
import type { TensorRef } from "../schema/tensor.ts";
import type { TensorColumn } from "../tensor/index.ts";
import { crc32, encodeTensors, piecesBytes } from "../tensor/index.ts";
import type { WorkerClient } from "../worker/index.ts";
import { createRuntimeDir, removeRuntimeDir, startWorkers } from "../worker/index.ts";
import type { RegionRing } from "./region-ring.ts";
import { openRegions } from "./region-ring.ts";
import type { BenchRow, Target } from "./rows.ts";
import { median, quantile } from "./rows.ts";
import type { Sample } from "./samples.ts";
import { cpuFigures, timed } from "./samples.ts";
import type { TransportPeer } from "./transport-peer.ts";
import { startTransportPeer } from "./transport-peer.ts";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
const name = "transport.tensor";

/**
 * Rows x shape of int16 or uint8, as training meets them: a cached volume in uint8 and in int16, 64
 * MiB, a raw 512 x 512 x 300 scan.
 */
const cases: readonly {
  readonly label: string;
  readonly dtype: "int16" | "uint8";
  readonly shape: readonly number[];
  readonly rounds: number;
  readonly gated: boolean;
}[] = [
  { label: "2.1 MB", dtype: "uint8", shape: [32, 256, 256], rounds: 15, gated: false },
  { label: "8.4 MB", dtype: "int16", shape: [64, 256, 256], rounds: 15, gated: false },
  { label: "64 MiB", dtype: "int16", shape: [128, 512, 512], rounds: 9, gated: true },
  { label: "157 MB", dtype: "int16", shape: [300, 512, 512], rounds: 5, gated: false },
];

type Way = "shard" | "memory" | "inline" | "peer" | "floor";
const ways: readonly Way[] = ["shard", "memory", "inline", "peer", "floor"];
const words: Readonly<Record<"shard" | "memory" | "inline", string>> = {
  shard: "file region (cache shard by reference)",
  memory: "file region (reused in shared memory, written and checksummed)",
  inline: "inline chunks of 1 MiB",
};
const targets: Readonly<Record<"shard" | "memory" | "inline", readonly Target[]>> = {
  shard: [
    { against: "peer", atLeast: 8 },
    { against: "floor", atLeast: 0.5 },
  ],
  // Not held to the floor: Node's crc32 alone takes longer than two copies (README.md).
  memory: [{ against: "peer", atLeast: 8 }],
  inline: [{ against: "peer", atLeast: 2 }],
};

interface Bench {
  readonly worker: WorkerClient;
  readonly workerPid: number;
  readonly ring: RegionRing;
  readonly peer: TransportPeer;
  readonly shards: string;
}

/**
 * C3: one tensor from Node to Python, until it lies there validated as a torch tensor; ours against stock
 * unary gRPC and a memcpy of the same size,
 * interleaved in one run. Ours compares a checksum and validates; the peer does neither.
 *
 * @returns a row for each way and size, and the round trip of a small call.
 */
export async function benchTransportTensor(note: (line: string) => void): Promise<readonly BenchRow[]> {
  const folder = createRuntimeDir(tmpdir());
  const shards = mkdtempSync(join(tmpdir(), "tomoe-bench-shards-"));
  const largest =
    Math.max(
      ...cases.map(({ dtype, shape }) =>
        shape.reduce((product, size) => product * size, dtype === "int16" ? 2 : 1),
      ),
    ) +
    2 ** 16;
  const { ring, reason } = await openRegions({ root: "regions", regions: 2, regionBytes: largest });
  try {
    if (ring === undefined)
      throw new TomoeError("ENVIRONMENT", `no regions to measure: ${reason}`, {
        hint: "Give this machine or container more shared memory.",
      });
    const peer = await startTransportPeer(packageRoot, folder);
    const pool = await startWorkers({
      packageRoot,
      ranks: 1,
      device: "cpu",
      runtimeDir: folder,
      logFile: join(folder, "worker.log"),
      runId: "bench",
      attempt: 0,
      threads: 1,
      roots: [ring.root, { name: "shards", path: shards, writable: false }],
    });
    try {
      const [worker] = pool.ranks;
      if (worker === undefined)
        throw new TomoeError("WORKER_STATE", "the pool has no rank", { hint: "Start one rank." });
      const workerPid = descendantsOf(process.pid).find(({ pid }) => pid !== peer.pid)?.pid ?? 0;
      const bench = { worker, workerPid, ring, peer, shards };
      const rows: BenchRow[] = [];
      for (const each of cases) rows.push(...(await benchSize(bench, each, note)));
      rows.push(...(await benchControl(worker)));
      return rows;
    } finally {
      await pool.stop();
      await peer.stop();
    }
  } finally {
    await ring?.close();
    rmSync(shards, { recursive: true, force: true });
    removeRuntimeDir(folder);
  }
}

async function benchSize(
  bench: Bench,
  size: (typeof cases)[number],
  note: (line: string) => void,
): Promise<BenchRow[]> {
  const pieces = encodeTensors([columnOf(size.dtype, size.shape)]);
  const bytes = piecesBytes(pieces);
  const shard = writeShard(bench.shards, size.label.replaceAll(" ", "-"), pieces);
  const whole = Buffer.concat(pieces);
  const samples: Record<Way, Sample[]> = { shard: [], memory: [], inline: [], peer: [], floor: [] };
  for (let round = -1; round < size.rounds; round += 1) {
    for (const way of orderOf(round)) {
      const sample =
        way === "floor"
          ? { wallMs: await bench.peer.copyMs(bytes), senderMs: 0, receiverMs: 0 }
          : await timed(way === "peer" ? bench.peer.pid : bench.workerPid, () =>
              send(bench, way, { pieces, whole, shard, round }),
            );
      if (round >= 0) samples[way].push(sample);
      await release(bench, way, { shard, round });
    }
  }
  note(`${size.label}: ${size.rounds} rounds done`);
  const wall = (way: Way): number => median(samples[way].map(({ wallMs }) => wallMs));
  return (["shard", "memory", "inline"] as const).map(
    (way): BenchRow => ({
      name,
      what: `${size.label}, ${words[way]}`,
      oursMs: wall(way),
      peerMs: wall("peer"),
      floorMs: wall("floor"),
      targets: size.gated ? targets[way] : [],
      details: {
        way,
        bytes,
        rounds: size.rounds,
        gigabytesPerSecond: bytes / wall(way) / 1e6,
        ...cpuFigures("", samples[way], bytes),
        ...cpuFigures("peer", samples.peer, bytes),
        oursAllMs: samples[way].map(({ wallMs }) => wallMs),
        peerAllMs: samples.peer.map(({ wallMs }) => wallMs),
        floorAllMs: samples.floor.map(({ wallMs }) => wallMs),
      },
    }),
  );
}

/**
 * Another order every round, forwards and backwards in turn: none always comes first, or always after the
 * same one.
 */
function orderOf(round: number): readonly Way[] {
  const start = (round + ways.length) % ways.length;
  const order = [...ways.slice(start), ...ways.slice(0, start)];
  return round % 2 === 0 ? order : order.reverse();
}

interface Load {
  readonly pieces: readonly Uint8Array[];
  readonly whole: Buffer;
  readonly shard: TensorRef;
  readonly round: number;
}

/** From bytes in this process to a validated tensor in the other. */
async function send(bench: Bench, way: Exclude<Way, "floor">, load: Load): Promise<void> {
  if (way === "peer") await bench.peer.put(load.whole);
  else if (way === "shard") await bench.worker.openTensor(load.shard);
  else if (way === "inline") await bench.worker.putTensor(`round-${load.round}`, load.pieces);
  else {
    const lease = await bench.ring.write(load.pieces);
    await bench.worker.openTensor(lease.tensor);
    lease.release();
  }
}

/**
 * Outside the clock: frees an upload, and unmaps the shard, so that the next round maps and checks it anew.
 * The mapping of a region is kept by design.
 */
async function release(
  bench: Bench,
  way: Way,
  { shard, round }: Pick<Load, "shard" | "round">,
): Promise<void> {
  if (way === "shard") await bench.worker.dropTensor(shard);
  else if (way === "inline") await bench.worker.dropTensor({ kind: "uploaded", uploadId: `round-${round}` });
}

async function benchControl(worker: WorkerClient): Promise<readonly BenchRow[]> {
  const times: number[] = [];
  for (let call = -200; call < 2000; call += 1) {
    const started = performance.now();
    await worker.health();
    if (call >= 0) times.push(performance.now() - started);
  }
  const row = (label: string, oursMs: number): BenchRow => ({
    name,
    what: `small call (Health), ${label}`,
    oursMs,
    peerMs: null,
    floorMs: null,
    targets: [],
    details: { way: "control", calls: times.length },
  });
  return [row("p50", median(times)), row("p99", quantile(times, 0.99))];
}

/** A cache shard: the Arrow file written once, below the agreed root. */
function writeShard(folder: string, file: string, pieces: readonly Uint8Array[]): TensorRef {
  mkdirSync(folder, { recursive: true });
  const descriptor = openSync(join(folder, file), "w");
  writevSync(descriptor, pieces);
  closeSync(descriptor);
  return {
    kind: "region",
    region: {
      root: "shards",
      path: file,
      offsetBytes: 0,
      lengthBytes: piecesBytes(pieces),
      crc32: crc32(pieces),
      generation: 0,
    },
  };
}

/** One volume whose values repeat at no short period. */
function columnOf(dtype: "int16" | "uint8", shape: readonly number[]): TensorColumn {
  const elements = shape.reduce((product, size) => product * size, 1);
  const facts = { name: "volume", rows: 1, shape, dimNames: ["d", "h", "w"] };
  const value = (index: number): number => Math.imul(index, 2_654_435_761) >>> 20;
  if (dtype === "uint8")
    return { ...facts, dtype, data: Uint8Array.from({ length: elements }, (_, index) => value(index)) };
  return { ...facts, dtype, data: Int16Array.from({ length: elements }, (_, index) => value(index) - 1024) };
}
