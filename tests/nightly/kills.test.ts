import { type CampaignReport, killCampaign } from "../support/kill-campaign.ts";

/** 50 kills a night; the soak repeats it at 1,000. */
const kills = process.env.TOMOE_CAMPAIGN === "soak" ? 1000 : 50;

describe("a run whose worker and orchestrator are killed at random", () => {
  it(`loses no acknowledged metric and ends with identical numbers, over ${kills} kills`, async () => {
    // Two at a time: a run spends most of its life starting anew.
    const stop = new AbortController();
    const reports = await Promise.all(
      [1, 2].map((half) =>
        killCampaign(kills / 2, kills + half, stop.signal).catch((error: unknown) => {
          stop.abort();
          throw error;
        }),
      ),
    );
    const total = (pick: (report: CampaignReport) => number): number =>
      reports.reduce((sum, report) => sum + pick(report), 0);
    const workers = total((report) => report.kills.worker),
      orchestrators = total((report) => report.kills.orchestrator);
    console.warn(
      `${workers} workers and ${orchestrators} orchestrators killed over ${total((report) => report.completedRuns)} completed runs`,
    );
    expect(workers + orchestrators).toBeGreaterThanOrEqual(kills);
    expect(reports.flatMap((report) => report.lost)).toEqual([]);
    expect(reports.flatMap((report) => report.differing)).toEqual([]);
  }, 36_000_000);
});
