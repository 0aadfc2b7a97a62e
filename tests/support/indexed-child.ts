// Opens a data set of one's own tables in a process of its own: `node indexed-child.ts FOLDER INDEXES` prints what came of it.
import { layoutRows } from "../../ts/data/sources/indexed/dataset.ts";

const [path = "", folder = ""] = process.argv.slice(2);
const notices: string[] = [];
const { dataset } = await layoutRows({
  layout: "table",
  path,
  open: {},
  reportRequest: "Please report.",
  ignoresSplits: false,
  keepsLeaks: false,
  isTallied: false,
  index: { folder, notice: (text) => notices.push(text) },
});
const items = dataset.cases.reduce((sum, one) => sum + one.items.length, 0);
process.stdout.write(JSON.stringify({ fingerprint: dataset.fingerprint, items, notices }));
