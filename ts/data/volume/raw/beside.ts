import { dirname, sep } from "node:path";
import { isTomoeError, TomoeError } from "../../../errors.ts";
import { type FilePath, kindOfPath, realPath } from "../../../files/index.ts";
import { withoutName } from "../nameless.ts";

/**
 * The path of a voxel file that a header names. It lies beside the header, under a plain name: a header must not
 * make a reader open what lies anywhere else.
 *
 * @param header - path of the header.
 * @param name - as it stands in the header, one character a byte (latin1).
 * @param where - what a message calls the file: its name may hold identity.
 * @throws TomoeError `DATA_HEADER` for a path or a link out of the folder, `DATA_TRUNCATED` when it is missing,
 * `DATA_UNSUPPORTED` when it is no file, `PERMISSION`, `IO_FAILED`.
 */
export async function fileBeside(header: string, name: string, where: string): Promise<FilePath> {
  // The backslash is a separator where the header may have been written.
  if (/[/\\\0]/.test(name) || ["", ".", ".."].includes(name))
    throw new TomoeError(
      "DATA_HEADER",
      `${where} is named by a path; only a file beside the header is read`,
      {
        hint: "Move it beside the header, and name it in the header without any folder.",
      },
    );
  const folder = dirname(header);
  const path = Buffer.concat([Buffer.from(`${folder}${sep}`), Buffer.from(name, "latin1")]);
  try {
    if ((await kindOfPath(path)) === "folder")
      throw new TomoeError("DATA_UNSUPPORTED", `${where} is a folder`, {
        hint: "Name the file of the voxels in the header.",
      });
    const home = Buffer.concat([await realPath(folder), Buffer.from(sep)]);
    if ((await realPath(path)).subarray(0, home.length).equals(home)) return path;
  } catch (error) {
    if (isTomoeError(error) && error.code === "PATH_NOT_FOUND")
      throw new TomoeError(
        "DATA_TRUNCATED",
        `${where} is missing: nothing of that name lies beside the header`,
        {
          hint: "Copy the voxel file beside the header, under the name that the header gives it.",
        },
      );
    throw withoutName(error, where);
  }
  throw new TomoeError("DATA_HEADER", `${where} is a link that leads out of the header's folder`, {
    hint: "Copy the voxel file itself beside the header.",
  });
}
