// The kinds of leaks that the linter tells apart, item by item: siblings of those of lint.test.ts.
import { atOnce } from "../../../../../ts/eval/index.ts";
import { type LintedItem, lintItems } from "../../../../../ts/eval/lint/lint.ts";

interface Kind {
  readonly title: string;
  readonly item: LintedItem;
  readonly code: string | null;
}

const head = {
  id: "q",
  prediction: "",
} as const;
const choices = ["no contrast", "arterial", "portal venous", "delayed"];

const kinds: readonly Kind[] = [
  {
    title: "an answer of several words in the question",
    item: {
      ...head,
      task: "open-vqa",
      question: "A simple cyst of the left kidney is seen: what is seen?",
      target: "simple cyst of the left kidney",
    },
    code: "PROMPT_HOLDS_ANSWER",
  },
  {
    title: "the same words in another order",
    item: {
      ...head,
      task: "open-vqa",
      question: "In the left kidney there is a cyst: what is seen?",
      target: "cyst of the left kidney",
    },
    code: null,
  },
  {
    title: "an answer between marks and in capitals",
    item: {
      ...head,
      task: "open-vqa",
      question: 'The phase is "ARTERIAL". Which phase is it?',
      target: "arterial",
    },
    code: "PROMPT_HOLDS_ANSWER",
  },
  {
    title: "an option of two words, one of which stands in the question",
    item: {
      ...head,
      task: "closed-vqa",
      question: "Is the venous phase shown?",
      choices,
      target: "portal venous",
    },
    code: null,
  },
  {
    title: "the right option alone among four",
    item: {
      ...head,
      task: "closed-vqa",
      question: "This portal venous scan shows which phase?",
      choices,
      target: "C. portal venous",
    },
    code: "PROMPT_HOLDS_ANSWER",
  },
  {
    title: "a wrong option alone",
    item: {
      ...head,
      task: "closed-vqa",
      question: "This arterial scan shows which phase?",
      choices,
      target: "portal venous",
    },
    code: null,
  },
  {
    title: "a target that is a letter, whose option stands in the question",
    item: {
      ...head,
      task: "closed-vqa",
      question: "After a delayed acquisition, which phase is it?",
      choices,
      target: "D",
    },
    code: "PROMPT_HOLDS_ANSWER",
  },
  {
    title: "a report whose first seven words stand in the request",
    item: {
      ...head,
      task: "report",
      question: "Continue: the liver is of normal size and",
      target: "the liver is of normal size with smooth contours and no focal lesion",
    },
    code: null,
  },
  {
    title: "a report of which eight words stand in the request",
    item: {
      ...head,
      task: "report",
      question: "Continue: the liver is of normal size with smooth",
      target: "the liver is of normal size with smooth contours and no focal lesion",
    },
    code: "PROMPT_HOLDS_REFERENCE",
  },
  {
    title: "a short reference within a longer answer",
    item: {
      id: "q",
      task: "open-vqa",
      target: "a cyst",
      prediction: "there is a cyst in the liver",
    },
    code: null,
  },
  {
    title: "a long reference at the end of a longer answer",
    item: {
      id: "q",
      task: "open-vqa",
      target: "a cyst of eight millimetres in segment four",
      prediction: "The answer is: a cyst of eight millimetres in segment four",
    },
    code: "PREDICTION_HOLDS_REFERENCE",
  },
  {
    title: "a closed answer that says its option",
    item: {
      id: "q",
      task: "closed-vqa",
      choices,
      target: "arterial",
      prediction: "It is the arterial phase, as the contrast in the aorta shows",
    },
    code: null,
  },
  {
    title: "blank texts",
    item: {
      id: "q",
      task: "open-vqa",
      question: " ",
      target: " ",
      prediction: " ",
    },
    code: null,
  },
];

it.each(kinds.map(({ title, item, code }) => [title, item, code] as const))(
  "the linter judges %s",
  (_title, item, code) => {
    const found = atOnce(lintItems([item])).map((warning) => warning.code);
    expect(found).toEqual(code === null ? [] : [code]);
  },
);
