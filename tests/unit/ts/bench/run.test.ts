import { runBenchmarks } from "../../../../ts/bench/index.ts";

async function refusal(args: readonly string[]): Promise<unknown> {
  try {
    return await runBenchmarks(
      args,
      () => undefined,
      () => undefined,
    );
  } catch (error) {
    return error;
  }
}

describe("npm run bench", () => {
  it("names the benchmarks there are when none or an unknown one is asked for", async () => {
    expect(await refusal([])).toMatchObject({
      code: "USAGE_INVALID",
      exitCode: 64,
      message: "[USAGE_INVALID] no benchmark named",
      hint: expect.stringContaining("transport.tensor"),
    });
    expect(await refusal(["transport.tensors"])).toMatchObject({
      code: "USAGE_INVALID",
      message: "[USAGE_INVALID] there is no benchmark transport.tensors",
      hint: "There is: cache.epoch, depth.scaling, manifest.scale, prep.volume, route.hard, shared.volume, tracker.ingest, tracker.query, transport.tensor.",
    });
    expect(await refusal(["toString"])).toMatchObject({ code: "USAGE_INVALID" });
  });

  it("refuses an unknown option and one without its value", async () => {
    expect(await refusal(["transport.tensor", "--jsn", "x"])).toMatchObject({
      code: "USAGE_INVALID",
      message: expect.stringContaining("--jsn"),
    });
    expect(await refusal(["transport.tensor", "--json"])).toMatchObject({
      code: "USAGE_INVALID",
      message: expect.stringContaining("--json"),
    });
  });
});
