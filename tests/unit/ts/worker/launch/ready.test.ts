import { createHash } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import {
  parseReady,
  readyInFolder,
  readyOnAddress,
  readyOnDescriptor,
} from "../../../../../ts/worker/launch/ready.ts";
import { caught } from "../../../../support/caught.ts";

const token = "t".repeat(64);
const facts = {
  protocolMajor: 1,
  protocolMinor: 0,
  pid: 42,
  rank: 1,
  worldSize: 2,
  node: "n",
  address: "unix:/run/w.sock",
};
const proof = createHash("sha256").update(`${token}:1:unix:/run/w.sock`).digest("hex");
const line = (change: object = {}): string => JSON.stringify({ ok: true, ...facts, proof, ...change });

const collect = async (lines: AsyncIterable<string>): Promise<string[]> => await Array.fromAsync(lines);

describe("the ready message", () => {
  it("is read as the worker wrote it", () => {
    expect(parseReady(line(), token)).toEqual(facts);
  });

  it.each([
    ["", '""'],
    ["{}", '"{}"'],
    ["[]", '"[]"'],
    [line({ pid: "x" }), undefined],
    [line({ extra: 1 }), undefined],
    ['{"ok":true,"protocolMajor":1,"protocolMinor":0}', undefined],
  ])("is refused when it is %s", async (text, shown) => {
    const error = await caught(() => parseReady(text, token));
    expect(error.code).toBe("WORKER_START");
    expect(error.message).toContain(
      shown === undefined ? "is no ready message" : `is no ready message: ${shown}`,
    );
  });

  it("is refused without the token's proof, or with another rank's", async () => {
    for (const change of [{ proof: "0".repeat(64) }, { rank: 0 }, { address: "unix:/run/other.sock" }]) {
      expect((await caught(() => parseReady(line(change), token))).message).toMatch(
        /^\[WORKER_START\] a ready message for rank \d came from somebody without this run's token$/,
      );
    }
  });

  it.each(Object.keys(facts))("is refused without %s", async (name) => {
    const error = await caught(() => parseReady(line({ [name]: undefined }), token));
    expect(error.what).toMatch(/^what came over the ready channel is no ready message: "/);
  });

  it("is shown by its first 80 characters, what is not printable as a question mark", async () => {
    const error = await caught(() => parseReady(`\u0007\n\u00e9${"x".repeat(200)}`, token));
    expect(error.what).toBe(`what came over the ready channel is no ready message: "???${"x".repeat(77)}"`);
  });

  const refused = (error: object): string => JSON.stringify({ ok: false, rank: 0, error });
  it("is the worker's own error when the worker says why it will not be ready", async () => {
    const error = { code: "DEVICE_UNAVAILABLE", what: "no GPU", hint: "Use the CPU.", details: { gpus: 0 } };
    expect(await caught(() => parseReady(refused(error), token))).toMatchObject({ ...error, exitCode: 78 });
    const unknown = await caught(() => parseReady(refused({ ...error, code: "toString" }), token));
    expect({ code: unknown.code, what: unknown.what, hint: unknown.hint }).toEqual({
      code: "WORKER_START",
      what: "toString: no GPU",
      hint: "Use the CPU.",
    });
    expect((await caught(() => parseReady(refused({ code: "INTERNAL" }), token))).what).toMatch(
      /is no ready message/,
    );
  });

  it("is refused for its version before the rest of it is looked at", async () => {
    expect(
      (await caught(() => parseReady('{"ok":true,"protocolMajor":2,"protocolMinor":0,"new":1}', token))).code,
    ).toBe("WIRE_VERSION");
  });
});

describe("where it comes from", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tomoe-ready-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const running = (): AbortSignal => new AbortController().signal;

  it("a descriptor gives its first line, in whatever pieces it comes", async () => {
    const channel = readyOnDescriptor();
    const descriptor = new PassThrough();
    const lines = collect(channel.lines(running(), descriptor));
    for (const piece of ["one", " line\nand ", "more"]) descriptor.write(piece);
    expect(await lines).toEqual(["one line"]);
    expect(channel.target).toBe("fd:3");
  });

  it("a descriptor that closes or is given up gives nothing", async () => {
    const closed = new PassThrough();
    closed.end("half a line");
    expect(await collect(readyOnDescriptor().lines(running(), closed))).toEqual([]);
    const controller = new AbortController();
    const silent = collect(readyOnDescriptor().lines(controller.signal, new PassThrough()));
    controller.abort();
    expect(await silent).toEqual([]);
  });

  it("a folder gives each rank's file once it is whole, in any order", async () => {
    const channel = readyInFolder(folder, 2);
    expect(channel.target).toBe(`file:${folder}`);
    const lines = collect(channel.lines(running(), undefined));
    for (const rank of [1, 0]) {
      writeFileSync(join(folder, "partial"), `rank ${rank}\n`);
      renameSync(join(folder, "partial"), join(folder, `ready-${rank}.json`));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(await lines).toEqual(["rank 1", "rank 0"]);
  });

  it("an address gives a line of each connection, and none of one that says nothing or too much", async () => {
    const channel = await readyOnAddress("127.0.0.1");
    const [, host, port] = channel.target.split(":");
    const controller = new AbortController();
    const lines: string[] = [];
    const twoLines = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const line of channel.lines(controller.signal, undefined)) {
        lines.push(line);
        if (lines.length === 2) twoLines.resolve();
      }
    })();
    const say = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), host, () => socket.end(text));
        socket.on("close", () => resolve());
        socket.on("error", () => resolve());
      });
    await Promise.all([say("first\n"), say("no end"), say("x".repeat(100_000)), say("second\nthird\n")]);
    await twoLines.promise;
    // Time for a line that should not come.
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort();
    channel.close();
    await reading;
    expect(lines.sort()).toEqual(["first", "second"]);
  });
});
