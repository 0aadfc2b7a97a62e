// The generated modules of ts/gen that no tool of protoc makes.
import { createHash } from "node:crypto";
import { parse as parseToml } from "smol-toml";

/** The descriptor set as a module: what TypeScript walks messages by, without a file to find. */
export function descriptorModule(descriptors) {
  return [
    "// @generated from proto/ by scripts/generate.mjs; do not edit.",
    "",
    "/** SHA-256 of the descriptor set this package was built with; the hello compares it. */",
    `export const descriptorDigest = "${createHash("sha256").update(descriptors).digest("hex")}";`,
    "",
    "/** The set itself, a FileDescriptorSet in base64; Python reads the same bytes from tomoe_v1.binpb. */",
    "export const descriptorSet = [",
    ...(descriptors.toString("base64").match(/.{1,100}/g) ?? []).map((part) => `  "${part}",`),
    '].join("");',
    "",
  ].join("\n");
}

/** What the worker needs of Python, as a module: the probe compares it with what it finds. */
export function pythonModule(pyproject) {
  const { project } = parseToml(pyproject);
  const least = (text) => {
    const found = /^(\S+?)>=([\d.]+)(?:,<[\d.]+)?$/.exec(text);
    if (found === null) throw new Error(`pyproject.toml: ${text} is not NAME>=VERSION`);
    return found;
  };
  return [
    "// @generated from pyproject.toml by scripts/generate.mjs; do not edit.",
    "",
    "/** The oldest Python that the worker runs on. */",
    `export const leastPython = "${least(`python${project["requires-python"]}`)[2]}";`,
    "",
    "/** The distributions that the worker imports, each with the oldest version it works with. */",
    "export const leastVersions: Readonly<Record<string, string>> = {",
    ...project.dependencies.map(least).map(([, name, version]) => `  ${JSON.stringify(name)}: "${version}",`),
    "};",
    "",
  ].join("\n");
}
