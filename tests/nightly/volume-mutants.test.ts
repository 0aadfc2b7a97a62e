// A million damaged scans of each format and 100,000 of each codec; `npm test` takes ten thousand of all of them.
import { join } from "node:path";
import { decoders } from "../../ts/data/volume/dicom/codecs/table.ts";
import { runCodecCampaign } from "../support/codec-campaign.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { examples } from "../support/volume-mutants.ts";
import { askOracles, runCampaign } from "../support/volume-verdicts.ts";

const root = temporaryFolder();
const [formatMutants, atOnce] = [1_000_000, 25_000];
const hours = 3_600_000;
const formats = [...new Set(examples.map(({ name }) => name.split(" ")[0] ?? name))];

describe.each(formats)("a million damaged scans of %s", (format) => {
  it.each(Array.from({ length: formatMutants / atOnce }, (_, part) => part * atOnce))(
    "from number %d on are read as the oracle reads them, or refused with a typed error",
    async (from) => {
      const { faults, kept, codes, memoryGrowth } = await runCampaign(
        { out: join(root, `${format}-${from}`), from, to: from + atOnce, keepEvery: 10, only: format },
        hours,
      );
      expect(faults).toEqual([]);
      expect(codes.read).toBeGreaterThan(atOnce / 20);
      expect(memoryGrowth).toBeLessThan(64 * 2 ** 20);
      expect((await askOracles(kept, hours)).differing).toEqual([]);
    },
  );
});

describe.each(decoders.map(({ name }) => name))("100,000 damaged codestreams of %s", (name) => {
  it.each(Array.from({ length: 4 }, (_, part) => part * 25_000))(
    "from number %d on are decoded to the frame that their header promises, or refused, in time",
    async (from) => {
      const { faults, decoded, refused, ended } = await runCodecCampaign(from, from + 25_000, name);
      expect(faults).toEqual([]);
      expect([decoded + refused, ended]).toEqual([25_000, 0]);
    },
  );
});
