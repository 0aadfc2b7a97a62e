// The JavaScript side of setup: node_modules as the lockfile says.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

function fits(listed, value) {
  if (listed === undefined) return true;
  const list = [listed].flat();
  if (list.includes(`!${value}`)) return false;
  return list.every((name) => name.startsWith("!")) || list.includes(value);
}

/** What an optional package needs is in the lock too, and not installed where that package itself is not. */
function isAskedFor(path, packages) {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  return packages.some(
    ({ dependencies = {}, optionalDependencies = {} }) =>
      name in dependencies || name in optionalDependencies,
  );
}

let libcName;
function libc() {
  // The report is slow to make (it asks for network names): only asked for where a package differs by C
  // library.
  libcName ??= process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return libcName;
}

function fitsHere({ os, cpu, libc: builtFor }) {
  return (
    fits(os, process.platform) &&
    fits(cpu, process.arch) &&
    (builtFor === undefined || fits(builtFor, libc()))
  );
}

/**
 * Why node_modules is not what package-lock.json says, or undefined when it is.
 * Compares with node_modules/.package-lock.json, which npm writes last: an interrupted install has none.
 */
export function nodeModulesProblem(root) {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(join(root, "node_modules"))) return "node_modules is missing";
  if (!existsSync(hidden)) return "node_modules is incomplete";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  let present;
  try {
    present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  } catch {
    return "node_modules is incomplete";
  }
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const have = present[path];
    if (have === undefined) {
      if (
        entry.optional !== true ||
        (fitsHere(entry) && isAskedFor(path, [wanted[""], ...Object.values(present)]))
      )
        return `${path} is missing`;
    } else if (have.version !== entry.version || have.integrity !== entry.integrity)
      return `${path} is ${have.version}, the lock says ${entry.version}`;
    else if (!existsSync(join(root, path))) return `${path} is missing`;
  }
  const extra = Object.keys(present).find((path) => wanted[path] === undefined);
  return extra === undefined ? undefined : `${extra} is not in the lock`;
}
