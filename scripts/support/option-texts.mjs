// What is generated from the table of options: the interfaces whose sentences an editor shows, and the ranges
// that the worker checks.
import { dataOption } from "../../ts/schema/options/data.ts";
import { evaluationOptions, executionOptions } from "../../ts/schema/options/evaluation.ts";
import { experimentOptions } from "../../ts/schema/options/index.ts";
import { checkpointOptions, liftOptions, tinyOptions } from "../../ts/schema/options/model.ts";
import { rangeWords } from "../../ts/schema/options/ranges.ts";
import { routerOptions } from "../../ts/schema/options/router.ts";
import { stageOptions } from "../../ts/schema/options/stage.ts";

/** The builders' options, by the name of their interface; a `kind` is the builder's to write. */
const interfaces = [
  ["PhantomOptions", "Options of `phantomCt`.", dataOption.of[0].options],
  ["FolderOptions", "Options of `ctFolder`.", dataOption.of[1].options],
  ["TinyPhi3vOptions", "Options of `tinyPhi3v`.", tinyOptions],
  ["CheckpointOptions", "A folder of pre-trained weights.", checkpointOptions],
  ["LiftTo3dOptions", "Options of `liftTo3d`.", liftOptions],
  ["TghMoeOptions", "Options of `tghMoe`.", routerOptions],
  ["TrainingStageOptions", "Options of `stage` and `pretrain2d`.", stageOptions],
  ["EvaluationOptions", "How held-out items are answered and scored.", evaluationOptions],
  ["ExecutionOptions", "How a run is carried out.", executionOptions],
  [
    "ExperimentOptions",
    "What an experiment has beside its parts.",
    { name: experimentOptions.name, seed: experimentOptions.seed },
  ],
];

const sentence = (text) => (text === "" ? "" : `${text[0].toUpperCase()}${text.slice(1)}.`);

/** The values an option may have, as words; "" where its type says it all. */
function valueWords(row) {
  switch (row.kind) {
    case "whole":
    case "number":
      return rangeWords(row);
    case "choice":
      return row.of.map((one) => `\`${one}\``).join(", ");
    case "constant":
      return `\`${row.value}\``;
    case "flag":
      return "true or false";
    case "text":
      return row.pattern?.says ?? "text";
    case "triple":
      return `three of: ${valueWords(row.of)}`;
    case "list": {
      const many =
        row.lengths !== undefined
          ? `${row.lengths.join(" or ")} of`
          : row.atLeast !== undefined
            ? `at least ${row.atLeast} of`
            : "any number of";
      return `${many}: ${valueWords(row.of)}`;
    }
    case "map":
      return `${valueWords(row.of)}, by name`;
    case "either":
      return row.of.map(valueWords).join("; or ");
    case "group":
      return Object.keys(row.options)
        .map((name) => `\`${name}\``)
        .join(", ");
    default:
      return "";
  }
}

/** The default of an option as words; "" where it must be written. */
function defaultWords(row) {
  if (row.absent !== undefined) return row.absent;
  if (row.follows !== undefined) {
    const { option, values, otherwise } = row.follows;
    const cases = Object.entries(values).map(([key, value]) => `\`${value}\` where ${option} is \`${key}\``);
    return `${cases.join(", ")}, else \`${otherwise}\``;
  }
  if (row.default === undefined) return "";
  if (isEmptyGroup(row.default)) return "those of its options";
  return `\`${JSON.stringify(row.default).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ")}\``;
}

const isEmptyGroup = (value) => typeof value === "object" && Object.keys(value).length === 0;

function comment(row, indent) {
  const facts = [sentence(valueWords(row))];
  if (row.unit !== undefined) facts.push(`Unit: ${row.unit}.`);
  const standard = defaultWords(row);
  if (standard !== "") facts.push(`Default: ${standard}.`);
  const lines = [row.says, ...(facts.join(" ").trim() === "" ? [] : ["", facts.join(" ").trim()])];
  return [
    `${indent}/**`,
    ...lines.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}`),
    `${indent} */`,
  ];
}

function typeOf(row, indent) {
  switch (row.kind) {
    case "whole":
    case "number":
      return "number";
    case "flag":
      return "boolean";
    case "text":
      return "string";
    case "constant":
      return JSON.stringify(row.value);
    case "choice":
      return row.of.map((one) => JSON.stringify(one)).join(" | ");
    case "list":
      return `readonly (${typeOf(row.of, indent)})[]`;
    case "triple":
      return `readonly [${Array(3).fill(typeOf(row.of, indent)).join(", ")}]`;
    case "map":
      return Array.isArray(row.keys)
        ? `{ ${row.keys.map((key) => `readonly ${key}?: number`).join("; ")} }`
        : "{ readonly [key: string]: number }";
    case "either":
      return row.of.map((one) => typeOf(one, indent)).join(" | ");
    case "group":
      return `{\n${members(row.options, `${indent}  `).join("\n")}\n${indent}}`;
    default:
      throw new TypeError(`no builder takes an option of kind ${row.kind}`);
  }
}

function members(options, indent) {
  return Object.entries(options).flatMap(([name, row]) => {
    const mark =
      row.default !== undefined || row.absent !== undefined || row.follows !== undefined ? "?" : "";
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return [...comment(row, indent), `${indent}readonly ${key}${mark}: ${typeOf(row, indent)};`];
  });
}

/** The interfaces of the builders' options, with the sentences that an editor shows. */
function optionTypes() {
  const parts = interfaces.map(([name, says, options]) => {
    const { kind: _kind, ...written } = options;
    return [`/** ${says} */`, `export interface ${name} {`, ...members(written, "  "), "}"].join("\n");
  });
  return `// @generated from ts/schema/options by scripts/generate.mjs; do not edit.\n\n${parts.join("\n\n")}\n`;
}

function travelling(row, found) {
  if (row.travels !== undefined) found.push(row);
  if (row.kind === "group") for (const one of Object.values(row.options)) travelling(one, found);
  else if (row.kind === "one-of" || row.kind === "either") for (const one of row.of) travelling(one, found);
  else if (row.kind === "list" || row.kind === "triple" || row.kind === "map") travelling(row.of, found);
  return found;
}

/** The ranges of what travels, by message and path, as the worker reads them. */
function workerRanges() {
  const rows = travelling({ kind: "group", options: experimentOptions }, []);
  const byMessage = {};
  for (const row of rows) {
    const at = row.travels.indexOf(".");
    const { kind, min, above, max, below, none, of } = row;
    const words = kind === "choice" ? `one of ${of.join(", ")}` : rangeWords(row);
    byMessage[row.travels.slice(0, at)] ??= {};
    byMessage[row.travels.slice(0, at)][row.travels.slice(at + 1)] = {
      kind,
      ...(kind === "choice" ? { of } : { min, above, max, below, none }),
      says: none === undefined ? words : `${none} (none) or ${words}`,
    };
  }
  return `${JSON.stringify(byMessage, null, 2)}\n`;
}

/** Every generated file by its path in the repository. */
export function optionFiles() {
  return new Map([
    ["ts/gen/options.ts", optionTypes()],
    ["py-runtime/tomoe_worker/ranges.json", workerRanges()],
  ]);
}
