// Ten thousand damaged tables; `npm test` takes two hundred of them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parquetCampaign } from "../support/parquet/campaign.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
const atOnce = 2000;

describe("ten thousand damaged tables in Parquet", () => {
  it.each(Array.from({ length: 5 }, (_, part) => 1000 + part * atOnce))(
    "from number %d on give the rows that were written, or say what is wrong",
    async (from) => {
      const folder = join(root, String(from));
      mkdirSync(folder);
      const { faults, whole, part, none, memoryGrowth } = await parquetCampaign(folder, from, from + atOnce);
      expect(faults).toEqual([]);
      expect(whole + part + none).toBe(atOnce);
      expect(part + none).toBeGreaterThan(atOnce / 3);
      expect(memoryGrowth).toBeLessThan(512 * 2 ** 20);
    },
  );
});
