import { bug } from "../../errors.ts";

/** When an expert is called dead or hot, as the recipe has it. */
export interface AlarmRule {
  /** Steps whose load is looked at together. */
  readonly every: number;
  /** In even loads; 0: none is. */
  readonly deadBelow: number;
  readonly hotAbove: number;
}

/** Image tokens of each expert over some steps: layer x group x expert. */
export type Load = readonly (readonly (readonly number[])[])[];

/** What became of the experts of one site and group over some steps. */
export interface ExpertLook {
  readonly site: string;
  readonly group: string;
  /** Of all its tokens, each expert's. */
  readonly shares: readonly number[];
  /** Of those that show a body and not the air around it; null where there is none, or nobody told them apart. */
  readonly body: readonly number[] | null;
  /** Of the shares of a body, or else of all, over that of even ones: 1 is even, 0 is one expert alone; null of a lone expert, which has no choice. */
  readonly entropy: number | null;
  /** Experts below and above what the rule allows of those shares: tokens of air are alike and move as one. */
  readonly dead: readonly number[];
  readonly hot: readonly number[];
}

/** The sum of two loads of one shape. */
export function addLoad(one: Load, other: Load): Load {
  return one.map((layer, l) =>
    layer.map((group, g) =>
      group.map((tokens, e) => {
        const more = other[l]?.[g]?.[e];
        if (more === undefined) throw bug("the load of a step has another shape than that before it");
        return tokens + more;
      }),
    ),
  );
}

/**
 * Looks at a load by a rule. A group without a token is left out: no item was of its task.
 *
 * @param load - of all tokens, and of those that show a body where they were told apart.
 * @param places - where the experts stand, layer by layer, and the groups by name.
 */
export function lookAt(
  { tokens, body }: { readonly tokens: Load; readonly body: Load | null },
  { sites, groups }: { readonly sites: readonly string[]; readonly groups: readonly string[] },
  { deadBelow, hotAbove }: AlarmRule,
): readonly ExpertLook[] {
  return tokens.flatMap((layer, l) =>
    layer.flatMap((group, g): readonly ExpertLook[] => {
      const shares = sharesOf(group);
      if (shares === null) return [];
      const ofBody = sharesOf(body?.[l]?.[g] ?? []);
      const judged = ofBody ?? shares;
      const even = 1 / judged.length;
      const places = (is: (share: number) => boolean): readonly number[] =>
        judged.flatMap((share, expert) => (is(share) ? [expert] : []));
      return [
        {
          site: sites[l] ?? "",
          group: groups[g] ?? "",
          shares,
          body: ofBody,
          entropy: entropyOf(judged),
          dead: places((share) => share < deadBelow * even),
          hot: places((share) => hotAbove > 0 && share > hotAbove * even),
        },
      ];
    }),
  );
}

/** Each expert's part of all tokens; null of none. */
function sharesOf(tokens: readonly number[]): readonly number[] | null {
  const sum = tokens.reduce((total, one) => total + one, 0);
  return sum === 0 ? null : tokens.map((one) => one / sum);
}

function entropyOf(shares: readonly number[]): number | null {
  if (shares.length < 2) return null;
  const nats = shares.reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log(share)), 0);
  return nats / Math.log(shares.length);
}

/** What is worth a line: experts that became dead or hot since the look before, and those that are no more. */
export function changesBetween(before: readonly ExpertLook[], now: readonly ExpertLook[]): readonly string[] {
  return now.flatMap((look) => {
    const last = before.find(({ site, group }) => site === look.site && group === look.group);
    const line = (expert: number, is: string): string => {
      const percent = (100 * ((look.body ?? look.shares)[expert] ?? 0)).toFixed(1);
      const even = (100 / look.shares.length).toFixed(1);
      return `expert ${expert} of ${look.site} (${look.group}) ${is}: ${percent} % of the ${look.body === null ? "tokens" : "tokens of a body"}, an even share is ${even} %`;
    };
    const became = (kind: "dead" | "hot"): readonly string[] => [
      ...look[kind]
        .filter((one) => last?.[kind].includes(one) !== true)
        .map((one) => line(one, `is ${kind}`)),
      ...(last?.[kind] ?? [])
        .filter((one) => !look[kind].includes(one))
        .map((one) => line(one, `is ${kind} no more`)),
    ];
    return [...became("dead"), ...became("hot")];
  });
}
