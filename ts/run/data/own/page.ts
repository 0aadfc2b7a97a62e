import type { Survey } from "./survey.ts";

/** Lines of a list that are shown; the others are counted. */
const mostShown = 40;

/** The page about a folder of one's own: what was taken for what, what was not read and why, and what to do next. */
export function dataPage(survey: Survey, recipe: string): string {
  const { folder, content, cases, items, notes, unnamed, tables, told } = survey;
  const count = (split: string): number => cases.filter((one) => one.split === split).length;
  return [
    "# What was found",
    "",
    `Folder: ${folder}`,
    "",
    `${content.scans.length} scans are read, ${content.unread.length} are not. ${cases.length} have a report or a question: ${count("train")} to train on, ${count("validation")} to choose by, ${count("test")} to test on, with ${items.length} items.`,
    ...notes.map((note) => `\n${note}`),
    "",
    "## Scans",
    "",
    ...listed(content.scans.map(({ path, what }) => `- ${path}: ${what}`)),
    "",
    "## Tables, and what their columns are taken for",
    "",
    ...(tables.length === 0 ? ["None."] : tables.flatMap(tableLines)),
    "",
    "## Not read, and why",
    "",
    ...listed([
      ...content.unread.map(({ path, why }) => `- ${path}: ${why}`),
      ...told.map(({ place, why }) => `- ${place.table}, row ${place.row}: ${why}.`),
      ...unnamed.map((path) => `- ${path}: no row of a table names it.`),
      ...[...content.others].map(
        ([ending, files]) => `- ${files} files that are neither scans nor tables (${ending}).`,
      ),
    ]),
    "",
    "## Next",
    "",
    "`data/scans.csv` and `data/items.jsonl` hold what the recipe reads; correct the tables above and begin again in a new folder, or edit these two.",
    "",
    "```bash",
    `npx tomoe data verify data --layout table --scans ${quoted(folder)} --deep   # every voxel, and the HU gate`,
    `npx tomoe run ${recipe} --dry-run                 # check everything`,
    `npx tomoe run ${recipe}                           # train and score`,
    `npx tomoe predict ${quoted(`${folder}/${content.scans[0]?.path ?? ""}`)} --run latest --report`,
    "```",
    "",
    'What `data verify` refuses is left out by `problems: "FILE"` in the recipe. Research only, not for clinical use.',
    "",
  ].join("\n");
}

function tableLines({ table, rows, used, columns, notes }: Survey["tables"][number]): readonly string[] {
  const taken = Object.entries(columns).map(([ours, theirs]) =>
    ours === theirs ? ours : `${ours} is "${theirs}"`,
  );
  return [
    `- ${table}: ${used} of ${rows} rows are used${taken.length === 0 ? "" : `; columns: ${taken.join(", ")}`}.`,
    ...notes.map((note) => `  - ${note}`),
  ];
}

function listed(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return ["Nothing."];
  const more = lines.length - mostShown;
  return more > 0 ? [...lines.slice(0, mostShown), `- and ${more} more`] : lines;
}

/** A word as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
