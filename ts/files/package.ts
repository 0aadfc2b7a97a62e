import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TomoeError } from "../errors.ts";

/** Folder of this package: the clone, or where npm installed it; holds package.json and py-runtime. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "py-runtime"))) return folder;
    const parent = dirname(folder);
    if (parent === folder)
      throw new TomoeError("ENVIRONMENT", "the package's own folder with py-runtime was not found", {
        hint: "reinstall: npm install tomoe",
      });
    folder = parent;
  }
}

/** Version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    readonly version: string;
  };
  return version;
}
