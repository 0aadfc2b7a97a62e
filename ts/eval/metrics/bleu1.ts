import type { TextMetric } from "./metric.ts";
import { overlap, splitWords, stripEnds } from "./text.ts";

/** mteval-v13a tokens, as sacreBLEU and `evaluate` cut them; case is kept. */
export function tokens13a(text: string): readonly string[] {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (line.includes("&"))
    line = line
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">");
  line = ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
  return splitWords(line);
}

/**
 * BLEU-1 of one sample with its own brevity penalty: `evaluate`'s bleu with max_order 1 and no smoothing,
 * both texts stripped.
 * An empty prediction scores 0.
 */
export function bleu1(prediction: string, target: string): number {
  const said = tokens13a(stripEnds(prediction)),
    wanted = tokens13a(stripEnds(target));
  if (said.length === 0 || wanted.length === 0) return 0;
  const ratio = said.length / wanted.length;
  return (overlap(said, wanted) / said.length) * (ratio > 1 ? 1 : Math.exp(1 - 1 / ratio));
}

export const bleu1Metric: TextMetric = {
  id: "tomoe.bleu1/1(max-order:1,tokens:13a,brevity:per-sample,smoothing:none)",
  score: bleu1,
};
