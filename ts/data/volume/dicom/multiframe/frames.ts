import { DicomElements, type Field, fieldText, type Keyword, keywordOf } from "../elements.ts";
import { type Element, elementsOf, type Item, itemsOf } from "../encoding/step.ts";
import { dicomError } from "../problem.ts";
import { framePixels } from "./frame-pixels.ts";
import { type FunctionalGroup, frameTypeTag, functionalGroups, notOfFrames } from "./groups.ts";

/** Groups of one item, by the tag of their sequence, with the fields they hold. */
type Groups = ReadonlyMap<number, ReadonlyMap<Keyword, Field>>;

/**
 * The frames of an enhanced multi-frame object, each as the elements of one slice: what the object states for all
 * frames, the shared groups, and its own groups. Native pixels are cut into frames; encapsulated ones are not.
 *
 * @returns one a frame, in the order in which they are stored.
 * @throws TomoeError `DATA_DICOM_PARSE` when frames and groups do not add up, lengths in each other contradict, a group
 * or an element of one stands twice, or pixels are more than the frames need; `DATA_TRUNCATED` when they are fewer;
 * `DATA_GEOMETRY` and `DATA_PIXEL_CALIBRATION` for a group that is missing, which is never replaced by a guess.
 * @see DICOM PS3.3 C.7.6.16
 */
export function framesOf(elements: DicomElements): readonly DicomElements[] {
  const count = frameCount(elements);
  const [sharedItem, ...moreShared] = itemsFor(elements, "SharedFunctionalGroups");
  const ownItems = itemsFor(elements, "PerFrameFunctionalGroups");
  if (moreShared.length > 0)
    throw elements.problem("the shared functional groups are not one item", "SharedFunctionalGroups");
  if (ownItems.length !== count)
    throw elements.problem(
      `functional groups of ${ownItems.length} frames where NumberOfFrames says ${count}`,
      "PerFrameFunctionalGroups",
    );
  const shared: Groups = sharedItem === undefined ? new Map() : groupsIn(elements, sharedItem);
  const pixels = framePixels(elements, count);
  const common = [...elements.fields].filter(([keyword]) => !notOfFrames.has(keyword));
  return ownItems.map((item, frame) => {
    const where = `${elements.where}, frame ${frame + 1} of ${count}`;
    const own = groupsIn(elements, item);
    requireGroups(shared, own, where);
    const fields = [...shared.values(), ...own.values()].flatMap((group) => [...group]);
    return new DicomElements({
      bytes: elements.bytes,
      fields: new Map([...common, ...fields]),
      pixels: pixels[frame],
      transferSyntax: elements.transferSyntax,
      where,
      encodingDiffers: elements.encodingDiffers,
      marked: elements.marked,
      repeated: elements.malformed,
      belonging: elements.belonging,
      encoding: elements.encoding,
      frame,
      overruled: overruled(elements, fields),
    });
  });
}

/** What stands beside the groups too, where only groups may say it, and otherwise. */
function overruled(
  elements: DicomElements,
  fields: readonly (readonly [Keyword, Field])[],
): readonly Keyword[] {
  return fields.flatMap(([keyword, field]) => {
    const other = notOfFrames.has(keyword) ? elements.fields.get(keyword) : undefined;
    const same = other === undefined || fieldText(elements.bytes, field) === fieldText(elements.bytes, other);
    return same ? [] : [keyword];
  });
}

/** NumberOfFrames of a multi-frame object. */
function frameCount(elements: DicomElements): number {
  const [count, ...more] = elements.numbers("NumberOfFrames") ?? [];
  if (count === undefined || more.length > 0 || !Number.isSafeInteger(count) || count < 1)
    throw elements.problem("NumberOfFrames is no whole number above 0", "NumberOfFrames");
  return count;
}

function itemsFor(elements: DicomElements, keyword: Keyword): readonly Item[] {
  const field = elements.fields.get(keyword);
  if (field === undefined) return [];
  const items = itemsOf(elements.bytes, field, elements.encoding);
  if (items === undefined)
    throw elements.problem(`${keyword} is no sequence of items that end where it does`, keyword);
  return items;
}

function groupsIn(elements: DicomElements, item: Item): Groups {
  const found = new Map<number, ReadonlyMap<Keyword, Field>>();
  for (const sequence of elementsWithin(elements, item, "a frame's functional groups")) {
    const group = functionalGroups.get(sequence.tag);
    if (group === undefined) continue;
    const items = itemsOf(elements.bytes, sequence, item.encoding);
    const [only] = items ?? [];
    if (items?.length !== 1 || only === undefined)
      throw elements.problem(
        items === undefined
          ? `the functional group ${group.name} is no sequence of items that end where it does`
          : `the functional group ${group.name} has ${items.length} items, not 1`,
        "PerFrameFunctionalGroups",
      );
    if (found.has(sequence.tag))
      throw elements.problem(`the functional group ${group.name} occurs twice`, "PerFrameFunctionalGroups");
    found.set(sequence.tag, fieldsIn(elements, only, group));
  }
  return found;
}

function fieldsIn(
  elements: DicomElements,
  item: Item,
  { name, keywords }: FunctionalGroup,
): ReadonlyMap<Keyword, Field> {
  const fields = new Map<Keyword, Field>();
  for (const { tag, vr, offset, length } of elementsWithin(elements, item, `the functional group ${name}`)) {
    const keyword = tag === frameTypeTag ? "ImageType" : keywordOf.get(tag);
    if (keyword === undefined || !keywords.includes(keyword)) continue;
    if (fields.has(keyword))
      throw elements.problem(`${keyword} occurs twice in the functional group ${name}`, keyword);
    fields.set(keyword, { vr, offset, length });
  }
  return fields;
}

function elementsWithin(elements: DicomElements, item: Item, what: string): readonly Element[] {
  const found = elementsOf(elements.bytes, item);
  if (found === undefined)
    throw elements.problem(
      `the elements of ${what} do not end where their item does: a length is damaged`,
      "PerFrameFunctionalGroups",
    );
  return found;
}

function requireGroups(shared: Groups, own: Groups, where: string): void {
  for (const [tag, { name, needed }] of functionalGroups) {
    if (shared.has(tag) && own.has(tag))
      throw dicomError(
        "DATA_DICOM_PARSE",
        `${where}: the functional group ${name} stands both among those of all frames and among its own`,
        { group: name },
      );
    if (needed !== undefined && !shared.has(tag) && !own.has(tag))
      throw dicomError(
        needed === "grid" ? "DATA_GEOMETRY" : "DATA_PIXEL_CALIBRATION",
        `${where}: the functional group ${name} is missing, so the frame has no ${needed === "grid" ? "place in the body" : "rescale to HU"}`,
        { group: name },
      );
  }
}
