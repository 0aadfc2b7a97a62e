// A link of our own between the channel and a worker, that fails at one byte: cut, stalled, or with one bit
// flipped.

import type { Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** "up" is towards the worker. */
export type Direction = "up" | "down";

export interface Fault {
  /**
   * "close" and "reset" cut both directions, the second without a farewell; "stall" forwards nothing more and
   * closes nothing.
   */
  readonly kind: "close" | "reset" | "stall" | "flip";
  readonly direction: Direction;
  /**
   * The byte of that direction, counted over the whole life of the link, at which it happens; it is not
   * forwarded whole.
   */
  readonly at: number;
  /** Of the byte that is flipped. */
  readonly bit?: number;
}

export class FaultyLink {
  /** What a channel dials. */
  readonly address: string;
  readonly #server: Server;
  readonly #fault: Fault | undefined;
  readonly #carried = { up: 0, down: 0 };
  readonly #sockets: Socket[] = [];
  readonly #held: (() => void)[] = [];
  #struck = false;
  #stalled = false;
  #severed = false;

  private constructor(server: Server, port: number, fault: Fault | undefined) {
    this.#server = server;
    this.#fault = fault;
    this.address = `127.0.0.1:${port}`;
  }

  /** A link to the worker at `target` (as in WorkerFacts.address); without a fault it only counts. */
  static async open(target: string, fault?: Fault): Promise<FaultyLink> {
    const server = createServer({ noDelay: true });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const link = new FaultyLink(server, port, fault);
    server.on("connection", (near) => {
      link.#join(near, dial(target));
    });
    return link;
  }

  /** Bytes forwarded so far. */
  get carried(): Readonly<Record<Direction, number>> {
    return this.#carried;
  }

  get struck(): boolean {
    return this.#struck;
  }

  /** Forwards what a stall held back. */
  mend(): void {
    this.#stalled = false;
    for (const forward of this.#held.splice(0)) forward();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    this.#sockets.push(near, far);
    for (const [from, to, direction] of [
      [near, far, "up"],
      [far, near, "down"],
    ] as const) {
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
      from.on("data", (bytes: Buffer) => this.#pass(direction, bytes, to));
    }
    // A link that was cut stays cut: who dials again finds nobody.
    if (this.#severed) near.destroy();
  }

  #pass(direction: Direction, bytes: Buffer, to: Socket): void {
    const fault = this.#fault;
    const first = this.#carried[direction];
    this.#carried[direction] += bytes.length;
    const hit =
      fault !== undefined &&
      !this.#struck &&
      fault.direction === direction &&
      fault.at < first + bytes.length;
    if (!hit) {
      if (this.#stalled) this.#held.push(() => to.write(bytes));
      else to.write(bytes);
      return;
    }
    this.#struck = true;
    const before = bytes.subarray(0, fault.at - first);
    if (fault.kind === "flip") {
      const changed = Buffer.from(bytes);
      changed[before.length] = (changed[before.length] ?? 0) ^ (1 << (fault.bit ?? 0));
      to.write(changed);
    } else if (fault.kind === "stall") {
      this.#stalled = true;
      to.write(before);
      this.#held.push(() => to.write(bytes.subarray(before.length)));
    } else to.write(before, () => this.#cut(fault.kind === "reset"));
  }

  #cut(reset: boolean): void {
    this.#severed = true;
    for (const socket of this.#sockets) {
      if (reset && socket.remoteFamily !== undefined) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}

function dial(target: string): Socket {
  if (target.startsWith("unix:")) return connect(target.slice("unix:".length));
  const colon = target.lastIndexOf(":");
  return connect(Number(target.slice(colon + 1)), target.slice(0, colon));
}
