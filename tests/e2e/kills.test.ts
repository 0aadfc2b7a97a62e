import { killCampaign } from "../support/kill-campaign.ts";

describe("a run whose worker and orchestrator are killed at random", () => {
  it("loses no acknowledged metric and ends with identical numbers, over 5 kills", async () => {
    const report = await killCampaign(5, 20261124);
    expect(report.kills.worker + report.kills.orchestrator).toBeGreaterThanOrEqual(5);
    expect(report.lost).toEqual([]);
    expect(report.differing).toEqual([]);
  }, 300_000);
});
