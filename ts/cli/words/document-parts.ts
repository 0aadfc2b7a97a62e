import { z } from "zod";
import { scorecardFields } from "../../schema/answers/scorecard.ts";

/** Every document of a success. */
export const ok = z.literal(true);

/** Three numbers in D,H,W order unless the key says otherwise. */
export const triple = z.tuple([z.number(), z.number(), z.number()]);

/** What a reader noted. */
export const warning = z.looseObject({ code: z.string(), message: z.string() });

/** A file that numbers come from. */
export const input = z.looseObject({
  role: z.enum(["rows", "expected", "judged", "system", "mapping", "weights"]),
  path: z.string(),
  sha256: z.string(),
  system: z.string().optional(),
});

/** How a volume came to be. */
export const receipt = z.looseObject({ format: z.string(), sourceDigest: z.string() });

/** One metric of a scorecard: never a value without its interval and its counts. */
export const scorecardEntry = z.looseObject(scorecardFields);

/** What any command prints with `--json` when it fails. */
export const failureDocument = z.strictObject({
  ok: z.literal(false),
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

const counts = z.array(z.int());

/** Confusion and calibration of closed answers. */
export const closedAnswers = z.looseObject({
  confusion: z.looseObject({
    by: z
      .enum(["strict", "lenient", "loglik-sum", "loglik-token"])
      .describe("what names the option: a parser of the text, or the options' log-probabilities"),
    letters: z.array(z.string()),
    counts: z.array(counts).describe("right option x chosen option; the last column names none"),
  }),
  calibration: z
    .looseObject({
      n: z.int(),
      ece: z.number().describe("expected calibration error"),
      brier: z.number(),
      bins: z.array(
        z.looseObject({
          from: z.number(),
          to: z.number(),
          n: z.int(),
          confidence: z.number().nullable(),
          accuracy: z.number().nullable(),
        }),
      ),
    })
    .nullable(),
});
