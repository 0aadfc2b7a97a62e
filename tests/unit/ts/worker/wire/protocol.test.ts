import { descriptorDigest } from "../../../../../ts/gen/descriptors.ts";
import { protocol, requireSameContract, requireVersion } from "../../../../../ts/worker/wire/protocol.ts";
import { caught } from "../../../../support/caught.ts";

describe("versions", () => {
  it("of the same major fit, whatever the minor", () => {
    for (const minor of [0, 1, 99])
      expect(() => requireVersion({ major: protocol.major, minor })).not.toThrow();
  });

  it("of another major do not, which ends a command with 76", async () => {
    const error = await caught(() => requireVersion({ major: protocol.major + 1, minor: 0 }));
    expect({ code: error.code, exit: error.exitCode, details: error.details }).toEqual({
      code: "WIRE_VERSION",
      exit: 76,
      details: { worker: "2.0", here: "1.0" },
    });
  });

  it("that are equal must mean the same contract", async () => {
    expect(() => requireSameContract(protocol.minor, descriptorDigest)).not.toThrow();
    expect(() => requireSameContract(protocol.minor + 1, "other")).not.toThrow();
    expect((await caught(() => requireSameContract(protocol.minor, "other"))).code).toBe("WIRE_VERSION");
  });
});
