// The whole campaign of the HU gate, on volumes its thresholds were set by and on others, and many more sound bodies;
// `npm test` takes a sample of both.
import { noteMisfits } from "../../ts/data/volume/hu/between/misfits.ts";
import { refuseApart } from "../../ts/data/volume/hu/between/neighbours.ts";
import { slicesOff } from "../../ts/data/volume/hu/between/slices.ts";
import { ReadLog } from "../../ts/data/volume/log.ts";
import { bodyVoxels } from "../support/body-voxels.ts";
import { campaign } from "../support/hu-campaign/campaign.ts";
import { corruptions } from "../support/hu-campaign/corruptions.ts";
import { leastCaught, tally } from "../support/hu-campaign/table.ts";
import { otherVolumes, tableVolumes } from "../support/hu-campaign/volumes.ts";

describe("the HU gate", () => {
  it.each([
    ["the table", tableVolumes],
    ["volumes that no threshold was set by", otherVolumes],
  ])(
    "catches nearly every corrupted copy of %s, and refuses none that is left as it is",
    async (_, volumes) => {
      const findings = await campaign(await volumes(), corruptions);
      const clean = findings.filter(({ corruption }) => corruption === undefined);
      expect(clean.filter(({ outcome }) => outcome === "refused")).toEqual([]);
      const corrupted = findings.filter(({ corruption }) => corruption !== undefined);
      const missed = corrupted
        .filter(({ outcome }) => outcome === "ok" || outcome === "suspect")
        .map(({ volume, corruption, said }) => `${volume}, ${corruption}: ${said}`);
      expect([tally(corrupted).caught >= leastCaught, missed]).toEqual([true, expect.anything()]);
    },
    36_000_000,
  );
});

describe("the looks between slices", () => {
  it("say nothing of three hundred bodies, whatever their noise", () => {
    const [nx, ny, nz] = [48, 40, 12];
    for (let seed = 0; seed < 300; seed++) {
      const body = bodyVoxels(nx, ny, nz, seed, seed % 50);
      const log = new ReadLog();
      noteMisfits(body, [nx, ny, nz], log);
      expect(log.warnings.filter(({ code }) => code !== "SLICES_TURNED")).toEqual([]);
      expect(() => refuseApart(body, nx * ny)).not.toThrow();
      expect(slicesOff(body, nx * ny)).toEqual([]);
    }
  });
});
