import { existsSync } from "node:fs";
import { join } from "node:path";
import { campaign, type Finding } from "../support/hu-campaign/campaign.ts";
import { corruptions } from "../support/hu-campaign/corruptions.ts";
import { leastCaught, page, tablePath, tally } from "../support/hu-campaign/table.ts";
import { phantoms } from "../support/hu-campaign/volumes.ts";
import { repoRoot, repoText } from "../support/source-tree.ts";

// A sample of the campaign: one whole phantom, and of each kind of corruption every fourth. The nightly run and
// `npm run gate-table` take all of them, crops and real scans too.

const volumes = phantoms(1, [[12, 48, 48]]);
const sample = [...Map.groupBy(corruptions, ({ kind }) => kind).values()].flatMap((ofKind) =>
  ofKind.filter((_, at) => at % 4 === 0),
);

describe("the HU gate", () => {
  let findings: readonly Finding[] = [];
  beforeAll(async () => {
    findings = await campaign(volumes, sample);
  });
  const missed = (): string[] =>
    findings.flatMap(({ corruption, outcome, volume, said }) =>
      corruption !== undefined && ["ok", "suspect"].includes(outcome)
        ? [`${outcome}: ${volume}, ${corruption}: ${said}`]
        : [],
    );

  it("refuses no phantom that is left as it is, and finds every whole one in order", () => {
    const clean = findings.filter(({ corruption }) => corruption === undefined);
    expect(clean.length).toBe(volumes.length);
    expect(clean.filter(({ outcome }) => outcome === "refused")).toEqual([]);
    expect(clean.map(({ outcome }) => outcome)).toEqual(["ok"]);
  });

  it("catches nearly every corrupted copy, each kind of corruption among them", () => {
    const corrupted = findings.filter(({ corruption }) => corruption !== undefined);
    expect(corrupted.length).toBe(sample.length);
    expect(new Set(corrupted.map(({ kind }) => kind)).size).toBe(11);
    expect([
      tally(corrupted).caught >= leastCaught,
      tally(corrupted).caught >= leastCaught || missed(),
    ]).toEqual([true, true]);
  });

  it("names the cause of a whole phantom's corruption, and no inverse that is wrong for an offset or a scale of HU", () => {
    const whole = findings.filter(
      ({ corruption, volume }) => corruption !== undefined && !volume.includes(":"),
    );
    expect(whole.filter(({ outcome }) => outcome !== "refused" && outcome !== "named")).toEqual([]);
    const plain = whole.filter(({ kind, corruption }) => kind === "offset" || /^HU x/.test(corruption ?? ""));
    expect(plain.filter(({ inverse }) => inverse === "wrong")).toEqual([]);
  });
});

describe("the table of the campaign", () => {
  it("stands in the repository, written by its command, with what it has to show", () => {
    expect(existsSync(join(repoRoot, tablePath))).toBe(true);
    const text = repoText(tablePath);
    expect(text).toMatch(/Written by `npm run gate-table` on \d{4}-\d\d-\d\d, on \d+ cores of /);
    const share = Number(/^\| all \|.*\| ([\d.]+) % \|/m.exec(text)?.[1]);
    expect(share).toBeGreaterThanOrEqual(100 * leastCaught);
    const [, clean = ""] = text.split("## Uncorrupted");
    expect(clean.split("## Each")[0]).not.toContain("refused");
    for (const { kind, name } of corruptions) expect(text).toContain(`| ${kind}: ${name} |`);
  });

  it("counts each outcome, and a catch by what was told", () => {
    const one = { volume: "v", corruption: "c", kind: "offset", said: "" } as const;
    const counted = tally([
      { ...one, outcome: "refused", inverse: "right" },
      { ...one, outcome: "named", inverse: "wrong" },
      { ...one, outcome: "undecided", inverse: "none" },
      { ...one, outcome: "ok", inverse: undefined },
    ]);
    expect(counted).toEqual({
      copies: 4,
      outcomes: { refused: 1, named: 1, undecided: 1, suspect: 0, ok: 1 },
      caught: 0.75,
      inverses: { of: 3, told: 2, right: 1 },
    });
    const text = page([{ ...one, outcome: "ok", inverse: undefined }], "one machine", "2026-01-02");
    expect(text).toContain("| offset | 1 | 0 | 0 | 0 | 0 | 1 | 0.0 % |  |");
    expect(text).toContain("on 2026-01-02, on one machine, of the rule tomoe.hu-gate/");
  });
});
