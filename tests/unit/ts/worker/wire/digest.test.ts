import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  digestBatch,
  digestMessage,
  digestModelSpec,
  digestPlan,
  digestStageSpec,
  requireSameDigest,
  toProtoJson,
} from "../../../../../ts/worker/wire/digest.ts";
import { batch, emptyPlan, model, plan, stage } from "../../../../fixtures/messages/nouns.ts";
import { caught } from "../../../../support/caught.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("digests of the wire", () => {
  it("are SHA-256 over canonical JSON with sorted names and every list written", () => {
    expect(digestPlan(emptyPlan)).toBe(
      sha256(
        '{"balanceLossWeight":0,"effectiveFromStep":0,"groupCount":0,"groups":[],"layerCount":0,"layers":[],"topK":1,"zLossWeight":0}',
      ),
    );
  });

  it("write wide integers as text, bytes as base64, a oneof as the field that is set", () => {
    expect(
      toProtoJson({
        wide: 18446744073709551615n,
        bytes: new Uint8Array([0, 255]),
        part: { $case: "chunk", value: new Uint8Array([1]) },
        gone: undefined,
      }),
    ).toEqual({ wide: "18446744073709551615", bytes: "AP8=", chunk: "AQ==" });
  });

  it("write numbers as RFC 8785 does", () => {
    expect(digestMessage({ x: [1e-7, 0.1, -0, 1e21, 5e-324] })).toBe(
      sha256('{"x":[1e-7,0.1,0,1e+21,5e-324]}'),
    );
  });

  it("do not exist for numbers that JSON cannot hold", async () => {
    const error = await caught(() => digestMessage({ x: Number.NaN }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] a message with NaN has no digest",
    });
  });

  it("refuse what no message holds", async () => {
    expect((await caught(() => toProtoJson({ x: null }))).code).toBe("INTERNAL");
    expect((await caught(() => toProtoJson(() => 1))).code).toBe("INTERNAL");
  });

  it("change with any one value, and not with the order of a record", () => {
    const [volume] = batch.volumes;
    if (volume === undefined) throw new Error("no volume");
    const digests = [
      digestBatch(batch),
      digestBatch({ ...batch, step: 13 }),
      digestBatch({ ...batch, items: batch.items.toReversed() }),
      digestBatch({ ...batch, volumes: [volume] }),
      digestModelSpec(model),
      digestModelSpec({ ...model, patchClasses: 1 }),
      digestStageSpec(stage),
      digestStageSpec({ ...stage, seed: 8 }),
      digestPlan(plan),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    const shuffled = { ...volume, facts: Object.fromEntries(Object.entries(volume.facts).reverse()) };
    expect(digestBatch({ ...batch, volumes: [shuffled] })).toBe(digestBatch({ ...batch, volumes: [volume] }));
  });

  it("are the same for a plan that was written to JSON and read back", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 8 }), (bias) => {
        const one = { ...emptyPlan, layers: [{ site: "vision.blocks.0.mlp", biasGE: [bias] }] };
        expect(digestPlan(JSON.parse(JSON.stringify(one)) as typeof one)).toBe(digestPlan(one));
      }),
      { seed: 20261128 },
    );
  });
});

describe("what the worker decoded", () => {
  it("is what was sent when the digests are the same", () => {
    expect(() => requireSameDigest("Batch", "a".repeat(64), "a".repeat(64))).not.toThrow();
  });

  it.each([
    ["b".repeat(64), "bbbbbbbbbbbb"],
    [undefined, "none"],
  ])("is refused with both digests when it is not: %j", async (here, shown) => {
    const there = "a".repeat(64);
    const error = await caught(() => requireSameDigest("batch of step 3", here, there));
    expect({ code: error.code, exit: error.exitCode, what: error.what, details: error.details }).toEqual({
      code: "WIRE_DIGEST",
      exit: 76,
      what: `the worker decoded another batch of step 3: aaaaaaaaaaaa there, ${shown} here`,
      details: { message: "batch of step 3", here: here ?? null, there },
    });
  });
});
