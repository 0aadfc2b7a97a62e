// Every layout by its name, with what writes its fixture.
import type { LayoutName } from "../../../ts/schema/tables/layouts.ts";
import { ctRateExample, ctRateV1Example } from "./ct-rate.ts";
import type { WriteExample } from "./example.ts";
import { m3dCapExample, m3dVqaExample } from "./m3d.ts";
import { clinFusionExample, radGenomeExample, threeDRadExample } from "./on-ct-rate.ts";
import { amosMmExample, deepTumorVqaExample, messagesExample } from "./others.ts";
import { phantomExample, tableExample } from "./own.ts";

/** A new layout does not compile without one. */
export const examples: { readonly [L in LayoutName]: WriteExample } = {
  "m3d-cap": m3dCapExample,
  "m3d-vqa": m3dVqaExample,
  "ct-rate": ctRateExample,
  "ct-rate-v1": ctRateV1Example,
  "radgenome-chestct": radGenomeExample,
  "3d-rad": threeDRadExample,
  "amos-mm": amosMmExample,
  deeptumorvqa: deepTumorVqaExample,
  "clinfusion-3d": clinFusionExample,
  messages: messagesExample,
  table: tableExample,
  phantom: phantomExample,
};
