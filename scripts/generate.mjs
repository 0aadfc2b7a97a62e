#!/usr/bin/env node
// Generates ts/gen and the descriptor set from proto/ and pyproject.toml, the router's prompt texts from their
// lists, and from the table of options what an editor shows, what the worker checks and the reference page;
// `--check` compares instead of writing and exits 1 on drift.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { descriptorModule, pythonModule } from "./support/gen-modules.mjs";
import { modernNode } from "./support/places.mjs";
import { promptTextsModule } from "./support/prompt-texts.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = process.argv.includes("--check");
const descriptorFile = "py-runtime/tomoe_worker/server/gen/tomoe_v1.binpb";
const tsProtoOptions = [
  "env=both",
  "esModuleInterop=true",
  "importSuffix=.ts",
  "outputServices=grpc-js",
  "oneof=unions-value",
  "forceLong=bigint",
  "enumsAsLiterals=true",
  "removeEnumPrefix=true",
  "unrecognizedEnum=false",
  "outputJsonMethods=false",
  "exportCommonSymbols=false",
  "annotateFilesWithVersion=false",
  "outputPartialMethods=false",
  "outputClientImpl=false",
  "outputTypeAnnotations=static-only",
].join(",");

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const work = mkdtempSync(join(tmpdir(), "tomoe-generate-"));
// Not in a finally, which process.exit would pass by.
process.once("exit", () => {
  rmSync(work, { recursive: true, force: true });
});

/** The table of options is TypeScript: where this Node reads none, the one the lockfile brings. */
function onModernNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return;
  const run = spawnSync(modernNode(), process.argv.slice(1), { stdio: "inherit" });
  process.exit(run.status ?? 1);
}

async function generate() {
  const protos = filesUnder(join(root, "proto")).filter((file) => file.endsWith(".proto"));
  mkdirSync(join(work, "ts"), { recursive: true });
  const run = spawnSync(
    join(root, "node_modules/.bin/protoc"),
    [
      `--plugin=${join(root, "node_modules/.bin/protoc-gen-ts_proto")}`,
      `--ts_proto_out=${join(work, "ts")}`,
      `--ts_proto_opt=${tsProtoOptions}`,
      `--descriptor_set_out=${join(work, "set.binpb")}`,
      "--include_imports",
      `-I${join(root, "proto")}`,
      ...protos,
    ],
    { stdio: "inherit" },
  );
  if (run.status !== 0) process.exit(run.status ?? 1);
  const produced = new Map();
  for (const file of filesUnder(join(work, "ts"))) {
    const path = join("ts/gen", file);
    produced.set(
      path,
      Buffer.from(
        `// @generated from proto/ by scripts/generate.mjs; do not edit.\n${readFileSync(join(work, "ts", file), "utf8")}`,
      ),
    );
  }
  const descriptors = readFileSync(join(work, "set.binpb"));
  produced.set(descriptorFile, descriptors);
  produced.set("ts/gen/descriptors.ts", Buffer.from(descriptorModule(descriptors)));
  produced.set(
    "ts/gen/python.ts",
    Buffer.from(pythonModule(readFileSync(join(root, "pyproject.toml"), "utf8"))),
  );
  produced.set(
    "ts/router/gen/prompt-texts.ts",
    Buffer.from(promptTextsModule(join(root, "ts/router/prompt/texts"))),
  );
  const { optionFiles } = await import("./support/option-texts.mjs");
  for (const [path, text] of optionFiles()) produced.set(path, Buffer.from(text));
  const committed = [
    ...filesUnder(join(root, "ts/gen"))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join("ts/gen", file)),
  ];
  const stale = committed.filter((path) => !produced.has(path));
  const differing = [...produced]
    .filter(([path, bytes]) => !existsSync(join(root, path)) || !readFileSync(join(root, path)).equals(bytes))
    .map(([path]) => path);
  if (check) {
    for (const path of [...differing, ...stale]) console.error(`differs from its source: ${path}`);
    if (differing.length + stale.length > 0) {
      console.error("run: npm run generate");
      process.exit(1);
    }
    console.error(`${produced.size} generated files match their sources`);
  } else {
    for (const path of stale) rmSync(join(root, path));
    for (const [path, bytes] of produced) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), bytes);
    }
    console.error(`wrote ${produced.size} files`);
  }
}

onModernNode();
await generate();
