// What is generated from the table of options: the interfaces whose sentences an editor shows, and the ranges
// that the worker checks.

import { publishedOptions, runOptions, tinyOptions } from "../../ts/schema/options/bases.ts";
import { dataOption } from "../../ts/schema/options/data.ts";
import { evaluationOptions, executionOptions } from "../../ts/schema/options/evaluation.ts";
import { experimentOptions } from "../../ts/schema/options/index.ts";
import { liftOptions } from "../../ts/schema/options/model.ts";
import { rangeWords } from "../../ts/schema/options/ranges.ts";
import { routerOptions } from "../../ts/schema/options/router.ts";
import { stageOptions } from "../../ts/schema/options/stage.ts";
import { validationOptions } from "../../ts/schema/options/validation.ts";
import { defaultWords, sentence, valueWords } from "./option-words.mjs";
import { referencePage } from "./reference-page.mjs";

const folderOptions = dataOption.of[1].options;

/**
 * The builders' options, by the name of their interface, without what the builder itself writes (`but`). A type
 * that a builder narrows is a parameter (`types`): an interface made of this one by a mapped type would lose the
 * sentences.
 */
const interfaces = [
  { name: "PhantomOptions", says: "Options of `phantomCt`.", options: dataOption.of[0].options },
  {
    name: "FolderOptions",
    says: "Options of `ctFolder`.",
    options: folderOptions,
    but: ["path", "split"],
  },
  {
    name: "SplitOptions",
    says: "Shares of the subjects in each split; they sum to 1.",
    options: folderOptions.split.options,
  },
  {
    name: "LayoutOptions",
    says: "Options of a data set in a known layout.",
    options: dataOption.of[2].options,
    but: ["layout", "path", "split"],
  },
  {
    name: "TinyPhi3vOptions<Phase>",
    says: "Options of `tinyPhi3v`.",
    options: tinyOptions,
    types: { pretrain: "readonly Phase[]" },
  },
  {
    name: "PublishedOptions<Phase>",
    says: "Options of `weights` and `folder`.",
    options: publishedOptions,
    types: { pretrain: "readonly Phase[]" },
  },
  {
    name: "FromRunOptions",
    says: "Options of `fromRun`.",
    options: { checkpoint: runOptions.checkpoint },
  },
  { name: "LiftTo3dOptions", says: "Options of `liftTo3d`.", options: liftOptions },
  {
    name: "TghMoeOptions<Task>",
    says: "Options of `tghMoe`.",
    options: routerOptions,
    types: { tasks: "readonly Task[]" },
  },
  {
    name: "TrainingStageOptions<Component extends string, Objective extends string>",
    says: "Options of `stage` and `pretrain2d`.",
    options: stageOptions,
    but: ["name", "data", "routing"],
    types: {
      trains: "readonly Component[]",
      learningRate: "number | { readonly [component in Component]?: number }",
      objectives: "{ readonly [objective in Objective]?: number }",
    },
  },
  {
    name: "EvaluationOptions",
    says: "How held-out items are answered and scored.",
    options: evaluationOptions,
  },
  { name: "ExecutionOptions", says: "How a run is carried out.", options: executionOptions },
  {
    name: "ValidationOptions",
    says: "What of the validation split is measured while a run trains.",
    options: validationOptions,
  },
  {
    name: "ExperimentOptions",
    says: "What an experiment has beside its parts.",
    options: { name: experimentOptions.name, seed: experimentOptions.seed },
  },
];

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

function members(options, indent, types = {}) {
  return Object.entries(options).flatMap(([name, row]) => {
    const mark =
      row.default !== undefined || row.absent !== undefined || row.follows !== undefined ? "?" : "";
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return [
      ...comment(row, indent),
      `${indent}readonly ${key}${mark}: ${types[name] ?? typeOf(row, indent)};`,
    ];
  });
}

/** The interfaces of the builders' options, with the sentences that an editor shows. */
function optionTypes() {
  const parts = interfaces.map(({ name, says, options, but = [], types }) => {
    const written = Object.entries(options).filter(([option]) => option !== "kind" && !but.includes(option));
    const body = members(Object.fromEntries(written), "  ", types);
    return [`/** ${says} */`, `export interface ${name} {`, ...body, "}"].join("\n");
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
    ["ts/schema/REFERENCE.md", referencePage()],
  ]);
}
