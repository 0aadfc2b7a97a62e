import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegionOffer, RegionRing } from "../../../../ts/bench/region-ring.ts";
import { openRegions } from "../../../../ts/bench/region-ring.ts";
import type { TensorRef } from "../../../../ts/schema/index.ts";
import { crc32, encodeTensors, piecesBytes } from "../../../../ts/tensor/index.ts";
import { columnOf } from "../../../support/tensors.ts";

// Looked up once: a global costs a lot in jest's own context.
const { imul } = Math;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "tomoe-regions--"));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function ringOf(offer: RegionOffer): RegionRing {
  if (offer.ring === undefined) throw new Error(offer.reason);
  return offer.ring;
}

function regionOf(tensor: TensorRef) {
  if (tensor.kind !== "region") throw new Error(`a ${tensor.kind} tensor`);
  return tensor.region;
}

async function thrownBy(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}

const pieces = (fill: number) =>
  encodeTensors([columnOf("volume", "uint8", 1, [1000], new Uint8Array(1000).fill(fill))]);

describe("openRegions", () => {
  it("makes a folder of mode 0700 with files of the whole size, their memory taken", async () => {
    const ring = ringOf(await openRegions({ root: "regions", regions: 2, regionBytes: 9_000_000, base }));
    expect([ring.root.name, ring.root.writable, statSync(ring.root.path).mode & 0o777]).toEqual([
      "regions",
      false,
      0o700,
    ]);
    expect(readdirSync(ring.root.path)).toEqual(["region-0", "region-1"]);
    for (const name of readdirSync(ring.root.path)) {
      const file = statSync(join(ring.root.path, name));
      expect([file.size, file.mode & 0o777, file.blocks * 512 >= 9_000_000]).toEqual([
        9_000_000,
        0o600,
        true,
      ]);
    }
    await ring.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("offers none, and says why, where there is no such folder or too little room", async () => {
    const gone = join(base, "gone");
    expect(await openRegions({ root: "regions", regions: 1, regionBytes: 1, base: gone })).toEqual({
      ring: undefined,
      reason: `${gone} cannot be used: ENOENT`,
    });
    const { bavail, bsize } = statfsSync(base);
    const offer = await openRegions({ root: "regions", regions: 2, regionBytes: bavail * bsize, base });
    expect(offer).toMatchObject({
      ring: undefined,
      reason: expect.stringMatching(/ has \d+ bytes free, \d+ are needed$/),
    });
    expect(readdirSync(base)).toEqual([]);
  });

  it("sweeps the folder of a dead process and leaves that of a living one", async () => {
    const dead = join(base, "tomoe-1-1-abcdef"),
      other = join(base, "keep");
    mkdirSync(dead);
    mkdirSync(other);
    const first = ringOf(await openRegions({ root: "regions", regions: 1, regionBytes: 4096, base }));
    const second = ringOf(await openRegions({ root: "regions", regions: 1, regionBytes: 4096, base }));
    expect([dead, other, first.root.path, second.root.path].map((path) => existsSync(path))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    await first.close();
    await second.close();
  });

  it("refuses counts below one", async () => {
    expect(
      await thrownBy(() => openRegions({ root: "regions", regions: 0, regionBytes: 1, base })),
    ).toMatchObject({
      code: "TENSOR_INVALID",
      message: "[TENSOR_INVALID] 0 regions of 1 bytes",
    });
    expect(
      await thrownBy(() => openRegions({ root: "regions", regions: 1, regionBytes: 0.5, base })),
    ).toMatchObject({
      code: "TENSOR_INVALID",
    });
  });
});

describe("a ring of regions", () => {
  it("writes the Arrow file and names it with length, checksum and a generation that counts its writes", async () => {
    const ring = ringOf(await openRegions({ root: "regions", regions: 1, regionBytes: 4096, base }));
    for (const generation of [1, 2, 3]) {
      const sent = pieces(generation);
      const lease = await ring.write(sent);
      const region = regionOf(lease.tensor);
      expect(region).toEqual({
        root: "regions",
        path: "region-0",
        offsetBytes: 0,
        lengthBytes: piecesBytes(sent),
        crc32: crc32(sent),
        generation,
      });
      const file = readFileSync(join(ring.root.path, region.path));
      expect(file.byteLength).toBe(4096);
      expect(file.subarray(0, region.lengthBytes).equals(Buffer.concat(sent))).toBe(true);
      lease.release();
    }
    await ring.close();
  });

  it("writes large files in order, whatever their pieces", async () => {
    const bytes = new Uint8Array(21_000_000);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = imul(index, 2_654_435_761) >>> 24;
    const cut: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 7001)
      cut.push(bytes.subarray(at, at + 7001), new Uint8Array(0));
    const ring = ringOf(
      await openRegions({ root: "regions", regions: 1, regionBytes: bytes.byteLength, base }),
    );
    const region = regionOf((await ring.write(cut)).tensor);
    expect([region.lengthBytes, region.crc32]).toEqual([bytes.byteLength, crc32([bytes])]);
    expect(Buffer.compare(readFileSync(join(ring.root.path, "region-0")), bytes)).toBe(0);
    await ring.close();
  });

  it("never gives a region away that was not released, and serves those who wait in order", async () => {
    const ring = ringOf(await openRegions({ root: "regions", regions: 2, regionBytes: 4096, base }));
    const first = await ring.write(pieces(1)),
      second = await ring.write(pieces(2));
    expect(new Set([regionOf(first.tensor).path, regionOf(second.tensor).path]).size).toBe(2);
    const order: string[] = [];
    const third = ring.write(pieces(3)).then((lease) => {
      order.push("third");
      return lease;
    });
    const fourth = ring.write(pieces(4)).then((lease) => {
      order.push("fourth");
      return lease;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    const held = readFileSync(join(ring.root.path, regionOf(second.tensor).path)).subarray(
      0,
      regionOf(second.tensor).lengthBytes,
    );
    expect(held.equals(Buffer.concat(pieces(2)))).toBe(true);
    first.release();
    first.release(); // a second time changes nothing: only one region is free
    expect(regionOf((await third).tensor).path).toBe(regionOf(first.tensor).path);
    expect(order).toEqual(["third"]);
    second.release();
    await fourth;
    expect(order).toEqual(["third", "fourth"]);
    await ring.close();
  });

  it("refuses more than a region takes: the size of the region passes, one byte more does not", async () => {
    const ring = ringOf(await openRegions({ root: "regions", regions: 1, regionBytes: 1000, base }));
    for (const bytes of [999, 1000]) (await ring.write([new Uint8Array(bytes)])).release();
    expect(await thrownBy(() => ring.write([new Uint8Array(1001)]))).toMatchObject({
      code: "WIRE_TOO_LARGE",
      message: "[WIRE_TOO_LARGE] the Arrow file has 1001 bytes, a region takes 1 to 1000",
    });
    expect(await thrownBy(() => ring.write([]))).toMatchObject({ code: "WIRE_TOO_LARGE" });
    await ring.close();
  });

  it("lets go of a wait that was cancelled", async () => {
    const ring = ringOf(await openRegions({ root: "regions", regions: 1, regionBytes: 4096, base }));
    const lease = await ring.write(pieces(1));
    const abort = new AbortController();
    const waiting = thrownBy(() => ring.write(pieces(2), { signal: abort.signal }));
    abort.abort();
    expect(await waiting).toMatchObject({
      code: "CANCELLED",
      message: "[CANCELLED] waiting for a region was cancelled",
    });
    lease.release();
    (await ring.write(pieces(3))).release();
    expect(await thrownBy(() => ring.write(pieces(4), { signal: abort.signal }))).toMatchObject({
      code: "CANCELLED",
    });
    await ring.close();
  });

  it("closes after what is being written, fails those who wait, and refuses what comes later", async () => {
    const ring = ringOf(await openRegions({ root: "regions", regions: 1, regionBytes: 9_000_000, base }));
    const writing = ring.write([new Uint8Array(9_000_000)]),
      waiting = thrownBy(() => ring.write(pieces(1)));
    await new Promise((resolve) => setImmediate(resolve));
    await ring.close();
    expect(regionOf((await writing).tensor).lengthBytes).toBe(9_000_000);
    expect(await waiting).toMatchObject({
      code: "WORKER_STATE",
      message: "[WORKER_STATE] the regions are closed",
    });
    expect(await thrownBy(() => ring.write(pieces(1)))).toMatchObject({ code: "WORKER_STATE" });
    await ring.close();
    expect(readdirSync(base)).toEqual([]);
  });
});
