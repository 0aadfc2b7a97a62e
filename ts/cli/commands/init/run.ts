import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { TomoeError } from "../../../errors.ts";
import { makeFolders, writeNew } from "../../../files/index.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { ownFiles, ownProject } from "./own-data.ts";
import { packageTemplate, recipeTemplate, tsconfigTemplate } from "./templates.ts";

/** `tomoe init`: a folder with an experiment that runs at once. Nothing that is there is replaced. */
export async function init(call: Call): Promise<Outcome> {
  const {
    arguments: [folder = "."],
    flags,
    terminal,
  } = call;
  const dir = resolve(folder);
  const scans = flags.text("data");
  if (scans !== undefined) return await initOwn(scans, dir, call);
  const manifest = join(dir, "package.json");
  const files = new Map([
    ["tsconfig.json", tsconfigTemplate],
    ["chest-ct.ts", recipeTemplate],
  ]);
  refuseIfThere(dir, [...files.keys()]);
  if (!existsSync(manifest)) files.set("package.json", packageTemplate);
  else if (isCommonJs(manifest))
    terminal.line(
      'package.json says "type": "commonjs": "tomoe run" does not mind, but for "node chest-ct.ts" run: npm pkg set type=module',
    );
  await writeFiles(dir, files);
  const names = [...files.keys()].sort();
  const text = [
    `wrote ${names.join(", ")} in ${dir}`,
    "",
    "Next:",
    "  npx tomoe setup                        the Python side, once",
    "  npx tomoe run chest-ct.ts --dry-run    check everything",
    "  npx tomoe run chest-ct.ts              train and score on PhantomCT",
  ].join("\n");
  return { document: { ok: true, dir, files: names } as Outcome["document"], text };
}

/** `tomoe init --data`: a project about a folder of one's own. */
async function initOwn(scans: string, dir: string, call: Call): Promise<Outcome> {
  const standard = new Map([["tsconfig.json", tsconfigTemplate]]);
  if (!existsSync(join(dir, "package.json"))) standard.set("package.json", packageTemplate);
  refuseIfThere(dir, [...ownFiles, "tsconfig.json"]);
  const { files, data, survey } = await ownProject(scans, dir, call);
  await writeFiles(dir, standard);
  await makeFolders(join(dir, "data"), { setBy: "tomoe init DIR" });
  await writeFiles(dir, files, 0o600);
  const names = [...standard.keys(), ...files.keys()].sort();
  const notes = survey.tables.flatMap(({ table, notes: told }) => told.map((note) => `  ${table}: ${note}`));
  const text = [
    `wrote ${names.join(", ")} in ${dir}`,
    "",
    `${data.scans} scans are read, ${data.unread} are not; ${data.cases} cases with ${data.items} items`,
    ...survey.tables.map(({ table, rows, used }) => `  ${table}: ${used} of ${rows} rows`),
    ...notes.map(plainText),
    "",
    "Next: read DATA.md, then",
    "  npx tomoe run experiment.ts --dry-run    check everything",
    "  npx tomoe run experiment.ts              train and score",
  ].join("\n");
  return { document: { ok: true, dir, files: names, data } as Outcome["document"], text };
}

function refuseIfThere(dir: string, names: readonly string[]): void {
  if (existsSync(dir) && !statSync(dir).isDirectory()) {
    throw new TomoeError("OUTPUT_CREATE", `${dir} is a file, not a folder`, {
      hint: "Give the name of a new or an empty folder: tomoe init DIR.",
      details: { path: dir },
    });
  }
  const present = names.filter((name) => existsSync(join(dir, name)));
  if (present.length === 0) return;
  throw new TomoeError("OUTPUT_EXISTS", `${dir} has ${present.join(" and ")} already; nothing was written`, {
    hint: "Give another folder, tomoe init DIR, or move what is there away.",
    details: { path: dir, present },
  });
}

function isCommonJs(manifest: string): boolean {
  try {
    const { type } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly type?: string };
    return type === "commonjs";
  } catch (cause) {
    throw new TomoeError("CONFIG_INVALID", `${manifest} is not JSON`, {
      hint: "Correct it, or run tomoe init in another folder.",
      details: { path: manifest },
      cause,
    });
  }
}

async function writeFiles(dir: string, files: ReadonlyMap<string, string>, mode = 0o666): Promise<void> {
  const setBy = "tomoe init DIR";
  await makeFolders(dir, { mode: 0o777, setBy });
  // "New": what appeared since we looked is not replaced either.
  for (const [name, content] of files) await writeNew(join(dir, name), content, { mode, setBy });
}
