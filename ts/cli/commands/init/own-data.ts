import { basename, relative, resolve } from "node:path";
import { TomoeError } from "../../../errors.ts";
import { kindOfPath } from "../../../files/index.ts";
import type { Survey } from "../../../run/data/index.ts";
import { ProgressBar } from "../../screen/progress-bar.ts";
import type { Call } from "../../words/command.ts";
import { ownRecipe } from "./own-recipe.ts";

/** Files of a project about a folder of one's own, by their names. */
export interface OwnProject {
  readonly files: ReadonlyMap<string, string>;
  readonly survey: Survey;
  /** In the document of `tomoe init`. */
  readonly data: {
    readonly folder: string;
    readonly scans: number;
    readonly unread: number;
    readonly cases: number;
    readonly items: number;
    readonly tables: readonly {
      readonly table: string;
      readonly rows: number;
      readonly used: number;
      readonly columns: Readonly<Record<string, string>>;
    }[];
  };
}

const recipeName = "experiment.ts";

/** Names of the files that `tomoe init --data` writes beside those of every project. */
export const ownFiles = [recipeName, "DATA.md", "data"] as const;

/**
 * Looks at a folder of scans and tables and makes a project of it.
 *
 * @throws TomoeError as `surveyFolder`; `DATA_UNSUPPORTED` for a path that is no folder.
 */
export async function ownProject(
  given: string,
  dir: string,
  { signal, terminal }: Call,
): Promise<OwnProject> {
  const folder = resolve(given);
  if ((await kindOfPath(folder)) !== "folder")
    throw new TomoeError("PATH_NOT_FOUND", `${given} is a file, not a folder of scans and tables`, {
      hint: "Name the folder that holds the scans and their tables.",
      details: { path: folder },
    });
  const { dataPage, surveyFolder } = await import("../../../run/data/index.ts");
  const bar = new ProgressBar(terminal);
  const survey = await surveyFolder(folder, signal, (done, total) =>
    bar.update({ label: "read scans", done, total }),
  );
  bar.finish();
  const { cases, items, tables, content } = survey;
  const longest = Math.max(0, ...items.map((item) => JSON.stringify(item).length));
  const scans = relative(dir, folder);
  const recipe = ownRecipe({
    name:
      basename(dir)
        .replaceAll(/[^a-z0-9-]+/gi, "-")
        .toLowerCase() || "own-data",
    // From below the project by a path that moves with it.
    scans: scans === "" ? "." : scans.startsWith("..") ? folder : scans,
    tasks: survey.tasks,
    train: cases.filter(({ split }) => split === "train").length,
    longest,
  });
  return {
    survey,
    files: new Map([
      [recipeName, recipe],
      ["DATA.md", dataPage(survey, recipeName)],
      ["data/scans.csv", scansTable(cases)],
      ["data/items.jsonl", items.map((item) => `${JSON.stringify(item)}\n`).join("")],
    ]),
    data: {
      folder,
      scans: content.scans.length,
      unread: content.unread.length,
      cases: cases.length,
      items: items.length,
      tables: tables.map(({ table, rows, used, columns }) => ({ table, rows, used, columns })),
    },
  };
}

function scansTable(cases: Survey["cases"]): string {
  const columns = ["case", "patient", "image", "series", "split"] as const;
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = cases.map((one) => columns.map((column) => field(one[column])).join(","));
  return `${[columns.join(","), ...rows].join("\n")}\n`;
}
