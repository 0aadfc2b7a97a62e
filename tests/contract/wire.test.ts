import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { descriptorDigest } from "../../ts/gen/descriptors.ts";
import { digestMessage, toProtoJson } from "../../ts/worker/wire/digest.ts";
import { unpack } from "../../ts/worker/wire/walk.ts";
import { goldenMessages } from "../fixtures/messages/messages.ts";
import { codecs } from "../support/codecs.ts";
import type { Fields } from "../support/descriptors.ts";
import { countOf, descriptor, leaves } from "../support/descriptors.ts";

interface GoldenRow {
  readonly name: string;
  readonly noun: string;
  readonly bytes: string;
  readonly digest: string;
}
interface ReplyRow {
  readonly name: string;
  readonly choice: string;
  readonly bytes: string;
  readonly digest: string;
}

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/messages/${file}`, import.meta.url), "utf8")) as T;

describe("messages that go out", () => {
  const golden = read<readonly GoldenRow[]>("golden.json");

  it.each(goldenMessages())(
    "gives $name ($noun) the golden bytes and digest",
    ({ name, noun, bytes, digest }) => {
      const row = golden.find((one) => one.name === name && one.noun === noun);
      expect({ bytes: Buffer.from(bytes).toString("base64"), digest }).toEqual({
        bytes: row?.bytes,
        digest: row?.digest,
      });
    },
  );

  it.each(goldenMessages())(
    "sets every field of $name ($noun) and the count of every list",
    ({ name, message }) => {
      for (const { owner, key, path } of leaves(descriptor(name), message as Fields))
        expect({ path, missing: owner[key] === undefined }).toEqual({ path, missing: false });
      for (const field of descriptor(name).fields) {
        if (field.fieldKind === "list")
          expect((message as Fields)[countOf(descriptor(name), field).localName]).toBe(
            ((message as Fields)[field.localName] as unknown[]).length,
          );
      }
    },
  );
});

describe("replies that come in", () => {
  it.each(read<readonly ReplyRow[]>("replies.json"))(
    "reads $name $choice as Python wrote it, with the same digest",
    ({ name, bytes, digest }) => {
      const codec = codecs.get(name);
      if (codec === undefined) throw new Error(`no codec ${name}`);
      const message = codec.decode(Buffer.from(bytes, "base64"));
      expect(digestMessage(message)).toBe(digest);
      expect(Buffer.from(codec.encode(message).finish()).toString("base64")).toBe(bytes);
      expect(toProtoJson(message)).toEqual(expect.any(Object));
      expect(() => unpack(codec, message)).not.toThrow();
    },
  );
});

it("carries the digest of the committed descriptor set", () => {
  const bytes = readFileSync(
    new URL("../../py-runtime/tomoe_worker/server/gen/tomoe_v1.binpb", import.meta.url),
  );
  expect(descriptorDigest).toBe(createHash("sha256").update(bytes).digest("hex"));
});
