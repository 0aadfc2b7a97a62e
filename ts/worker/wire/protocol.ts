import { TomoeError } from "../../errors.ts";
import { descriptorDigest } from "../../gen/descriptors.ts";

/**
 * Version of the contract in proto/: a change of major breaks, a change of minor adds. `server/wire/walk.py`
 * holds the same.
 */
export const protocol = { major: 1, minor: 0 } as const;

/**
 * Largest message either side sends or takes, in bytes; batches refer to tensors, and tensors travel in
 * chunks of at most 4 MiB.
 */
export const maxMessageBytes = 16 * 2 ** 20;

/** @throws TomoeError `WIRE_VERSION` when the worker speaks another major version. */
export function requireVersion(found: { readonly major: number; readonly minor: number }): void {
  if (found.major === protocol.major) return;
  throw new TomoeError(
    "WIRE_VERSION",
    `the worker speaks protocol ${found.major}.${found.minor}, this side ${protocol.major}.${protocol.minor}`,
    {
      hint: "Install the same version of Tomoe on both sides.",
      details: { worker: `${found.major}.${found.minor}`, here: `${protocol.major}.${protocol.minor}` },
    },
  );
}

/** @throws TomoeError `WIRE_VERSION` when both speak one version but were built from different contracts. */
export function requireSameContract(minor: number, digest: string): void {
  if (minor !== protocol.minor || digest === descriptorDigest) return;
  throw new TomoeError(
    "WIRE_VERSION",
    `both speak protocol ${protocol.major}.${protocol.minor} but by different contracts: ${descriptorDigest.slice(0, 12)} here, ${digest.slice(0, 12)} there`,
    {
      hint: "One side was built from a changed proto/: run npm run generate, or reinstall.",
      details: { here: descriptorDigest, worker: digest },
    },
  );
}
