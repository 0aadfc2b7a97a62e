import { killCampaign } from "../support/kill-campaign.ts";

/** 50 kills a night; the soak repeats it at 1,000. */
const kills = process.env.TOMOE_CAMPAIGN === "soak" ? 1000 : 50;

describe("a run whose worker and orchestrator are killed at random", () => {
  it(`loses no acknowledged metric and ends with identical numbers, over ${kills} kills`, async () => {
    const report = await killCampaign(kills, kills);
    console.warn(`${report.kills.worker} workers and ${report.kills.orchestrator} orchestrators killed over ${report.completedRuns} completed runs`);
    expect(report.kills.worker + report.kills.orchestrator).toBeGreaterThanOrEqual(kills);
    expect(report.lost).toEqual([]);
    expect(report.differing).toEqual([]);
  }, 36_000_000);
});
