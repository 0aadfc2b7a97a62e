import type { LayoutName } from "../../schema/tables/layouts.ts";
import { amosMmSource } from "./layouts/amos-mm.ts";
import { ctRateSource, ctRateV1Source } from "./layouts/ct-rate/ct-rate.ts";
import { deepTumorVqaSource } from "./layouts/deep-tumor-vqa.ts";
import { m3dCapSource } from "./layouts/m3d/cap.ts";
import { m3dVqaSource } from "./layouts/m3d/vqa.ts";
import { messagesSource } from "./layouts/messages.ts";
import { clinFusionSource } from "./layouts/on-ct-rate/clin-fusion.ts";
import { radGenomeSource } from "./layouts/on-ct-rate/rad-genome.ts";
import { threeDRadSource } from "./layouts/on-ct-rate/three-d-rad.ts";
import { phantomSource } from "./layouts/phantom.ts";
import { tableSource } from "./layouts/table/table.ts";
import type { DatasetSource } from "./source.ts";

/** The layouts that are read: another one is another row, which passes the suite of every row. */
const layouts: { readonly [L in LayoutName]: DatasetSource } = {
  "m3d-cap": m3dCapSource,
  "m3d-vqa": m3dVqaSource,
  "ct-rate": ctRateSource,
  "ct-rate-v1": ctRateV1Source,
  "radgenome-chestct": radGenomeSource,
  "3d-rad": threeDRadSource,
  "amos-mm": amosMmSource,
  deeptumorvqa: deepTumorVqaSource,
  "clinfusion-3d": clinFusionSource,
  messages: messagesSource,
  table: tableSource,
  phantom: phantomSource,
};

/** The reader of a layout. */
export function sourceFor(layout: LayoutName): DatasetSource {
  return layouts[layout];
}
