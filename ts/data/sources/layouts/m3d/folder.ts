import { basename, dirname, join } from "node:path";
import { TomoeError } from "../../../../errors.ts";
import { exists, folderOf, placed } from "../../folder.ts";
import type { OpenOptions } from "../../source.ts";

/** Folder of the volumes, beside which the questions lie; paths of tables begin with it. */
const volumesName = "M3D_Cap_npy";

/**
 * The folder that holds `M3D_Cap_npy`: the one that is named, one it lies in, or the one of the scans.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `DATA_MANIFEST` where none of them holds it.
 */
export async function m3dRoot(
  path: string,
  layout: string,
  { scans, looks }: OpenOptions = {},
): Promise<string> {
  const named = await folderOf(path, looks);
  const tried = scans === undefined ? [named, dirname(named)] : [scans, dirname(scans)];
  for (const folder of tried) if (await exists(join(folder, volumesName), looks)) return folder;
  throw new TomoeError("DATA_MANIFEST", `${path} lacks ${volumesName} of the layout ${layout}`, {
    hint: `Name the folder that holds ${volumesName}, or say scans: FOLDER.`,
    details: { path, layout, missing: [volumesName] },
  });
}

/** A volume by what tables call it. */
export interface M3dVolume {
  /** Path without the folder of volumes and without its ending. */
  readonly id: string;
  /** The case folder: several stacks of one patient. */
  readonly patient: string;
  readonly path: string;
}

/** The volume that a path of a table means; undefined for one that leaves the folder. */
export function m3dVolume(root: string, path: string): M3dVolume | undefined {
  const inside = path.replace(/^\.?\//, "").replace(new RegExp(`^${volumesName}/`), "");
  const whole = placed(join(root, volumesName), inside);
  if (whole === undefined) return undefined;
  const folder = dirname(inside);
  return { id: join(folder, basename(inside, ".npy")), patient: folder, path: whole };
}

/** Where a path of a table lies, for a text beside a volume. */
export function m3dPath(root: string, path: string): string | undefined {
  return placed(
    join(root, volumesName),
    path.replace(/^\.?\//, "").replace(new RegExp(`^${volumesName}/`), ""),
  );
}
