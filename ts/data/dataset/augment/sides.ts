/*
 * Words of English that say a side, and what around them says that they mean something else. A word that is not sure
 * to be a side, or sure not to be one, keeps a volume from being mirrored: no list here has to be complete for a text
 * to stay true, only for more volumes to be mirrored.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

/** Words in place of which the other of the pair is said of a mirror image. */
const pairs: readonly (readonly [string, string])[] = [
  ["leftward", "rightward"],
  ["leftwards", "rightwards"],
  ["leftmost", "rightmost"],
  ["leftside", "rightside"],
  ["leftsided", "rightsided"],
];

/** The same of abbreviations, in capitals alone: upper and lower lobe, quadrants, iliac fossa, jugular vein. */
const capitalPairs: readonly (readonly [string, string])[] = [
  ["LUL", "RUL"],
  ["LLL", "RLL"],
  ["LUQ", "RUQ"],
  ["LLQ", "RLQ"],
  ["LIF", "RIF"],
  ["LIJ", "RIJ"],
  ["Lt", "Rt"],
];

const bothWays = (list: readonly (readonly [string, string])[]): ReadonlyMap<string, string> =>
  new Map(list.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));

/** The other word of a pair, in lower case. */
export const otherWord = bothWays(pairs);

/** The other abbreviation, letter case included. */
export const otherAbbreviation = bothWays(capitalPairs);

/** Curves of the spine: the two beginnings say the side. */
export const curve = /^(dextro|levo)(scolio\w*|conve\w*|curv\w*|rotat\w*)$/;

/**
 * Words that say or imply a side and have no word for the mirror image, or of which nobody can tell: the middle lobe
 * and the lingula, situs, positions of a clock, vessels and chambers by their letters.
 */
export const unmirrored = words(`
  lingula lingular lingulae situs dextrocardia levocardia mesocardia isomerism asplenia polysplenia
  clock oclock clockwise counterclockwise anticlockwise`);

/** A beginning that says a side, of a word that is no curve. */
export const unmirroredStart = /^(?:dextro|levo|laevo|sinistro)/;

/** Abbreviations, in capitals alone, of which the same holds. */
export const unmirroredCapitals = words(`
  RML LAD LCX LCA RCA LM LMCA LV RV LA RA LVH RVH LVEF LVOT RVOT LAA RAA LAO RAO LPO RPO LT RT LHV RHV L R`);

/** Sides in other languages that use the same letters. */
export const foreignSide =
  /^(?:links\w*|rechts\w*|linke[mnrs]?|rechte[mnrs]?|gauches?|droite?s?|izquierd\w+|derech\w+|sinistr\w+|destr[aoei]|esquerd\w+|direit[ao]s?|sa\u011f|v\u00e4nster|h\u00f6ger|venstre|h\u00f8jre|h\u00f8yre|lewy|lewa|lewej|lewym|prawy|prawa|prawej|prawym|vasen|oikea|jobb|lev\u00e1|prav\u00e1|lev\u00fd|prav\u00fd)$/;

/**
 * Names by morphology, not by where something lies: of a mirrored body nobody would exchange them, or people differ.
 * They follow the side; so do `middle` lobe and `main` stem where a coronary artery is meant.
 */
export const named = words(`
  atrium atrial atria atrioventricular ventricle ventricles ventricular heart cardiac coronary circumflex bundle
  hepatic liver portal lobe gastric gastroepiploic gastroomental colic middle shunt`);

/** After "left": a verb's, not a side's, unless "the" stands before it. */
export const leftAsVerb = words(`
  untreated alone behind over out off unchanged undisturbed unresected unrepaired uncorrected unattended open intact
  empty unexplored unaddressed undone`);

/** After "left" these need a look at what follows or precedes. */
export const leftUnclear = words(
  "to with as in without for at by on because after before since when until early",
);

/** Things that one leaves. */
export const leavable = words("the a an his her its their our hospital clinic ward home against AMA ama");

/** Who leaves, before "left": "has left the hospital". */
export const leavers = words(`
  has have had having patient he she it they who which that surgeon surgery operation resection procedure`);

/** Forms of "to be", and others after which a participle may follow. */
export const beings = words("is are was were be been being remains remained");

/** After "right": a correct one, a square corner, at once. */
export const rightAsCorrect = words(`
  away now then angle angles angled triangle answer answers choice option options diagnosis decision statement response`);

/** After "right": at once or directly, unless "the" stands before it. */
export const rightAsAdverb = words("before after when there here");

/** After "right": directly, or on that side. */
export const rightUnclear = words(`
  above below behind beside next at under over on off through up down in into by against along where to from
  direction size amount position time dose way thing one patient person`);

/** Before "right": a correct one, or nobody can tell. */
export const rightUnclearBefore = words("just quite exactly get got make made yes s that not");

/** Before a side that ends a phrase: "on the left", "left and right", "right more than left". */
export const beforeSide = words(
  "the on to toward towards from and or than versus vs of both side lateral either predominantly mainly left right",
);
