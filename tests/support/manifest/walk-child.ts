// A process of its own, of which the memory is bounded: `node walk-child.ts WAY CASES ITEMS-PER-CASE`.
import { createHash } from "node:crypto";
import { checkedRows } from "../../../ts/data/sources/check.ts";
import { collectRows } from "../../../ts/data/sources/collect.ts";
import { generatedSource } from "./generated.ts";

const [way, cases, itemsPerCase] = process.argv.slice(2);
const source = generatedSource(Number(cases), Number(itemsPerCase));
const seen = { cases: 0, items: 0, problems: 0 };
const hash = createHash("sha256");
if (way === "walk")
  for await (const found of checkedRows(source)) {
    if (found.kind === "case") seen.cases++;
    else if (found.kind === "item") seen.items++;
    else seen.problems++;
  }
else {
  const collected = await collectRows(source, { ignoresSplits: false });
  for (const { row, items } of collected.cases) {
    seen.cases++;
    seen.items += items.length;
    hash.update(`${row.id}:${items.map(({ id }) => id).join(",")}\n`);
  }
}
const maxRssBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ ...seen, maxRssBytes, digest: hash.digest("hex") }));
