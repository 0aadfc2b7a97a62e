import { packageVersion } from "../../../../../ts/files/index.ts";
import { policyDigest } from "../../../../../ts/router/index.ts";
import { reproFacts } from "../../../../../ts/run/train/repro-facts.ts";
import { caught } from "../../../../support/caught.ts";
import { newJob } from "../fixtures.ts";

const tokenizerDigest = "t".repeat(64);

describe("reproFacts", () => {
  it("states experiment, material, versions and machine, and nothing that may differ without a change of numbers", async () => {
    const test = await newJob({ set: ["execution.ranks=2", "execution.threads=3"] });
    const attempt = await test.attempt();
    expect(reproFacts({ ...attempt, tokenizerDigest })).toEqual({
      configDigest: test.job.resolved.digest,
      corpusFingerprint: "f".repeat(64),
      preprocessDigest: "e".repeat(64),
      tokenizerDigest,
      policyDigest: policyDigest(test.job.policy),
      tomoe: packageVersion(),
      python: "3.11.7",
      torch: "2.13.0+cpu",
      device: "cpu",
      cpuCapability: "AVX2",
      threads: 3,
      worldSize: 2,
      precision: "float32",
      hashSeed: "0",
      cublasWorkspace: ":4096:8",
      execution: "strict",
    });
    // Another attempt of the same run has the same facts.
    expect(reproFacts({ ...(await test.attempt()), tokenizerDigest })).toEqual(
      reproFacts({ ...attempt, tokenizerDigest }),
    );
  });

  it.each(["python", "torch", "cpuCapability", "precision", "hashSeed", "cublasWorkspace"])(
    "is refused when the worker does not say its %s",
    async (key) => {
      const test = await newJob({ script: { environment: { [key]: undefined as unknown as string } } });
      const attempt = await test.attempt();
      const failure = await caught(() => reproFacts({ ...attempt, tokenizerDigest }));
      expect(failure.code).toBe("WIRE_INCOMPLETE");
      expect(failure.what).toBe(`the worker's hello does not say "${key}"`);
      expect(failure.hint).toBe("Worker and conductor are of different versions; run: npm run setup.");
      expect(failure.details).toEqual({ key });
    },
  );
});
