/** Quantities a RescaleType may name, by how it is written without blanks, `*`, `/` and `_`, in capitals. */
const quantityOfType: readonly (readonly [RegExp, string])[] = [
  [/^MGML$/, "milligrams per millilitre (RescaleType MGML)"],
  [/^(ZEFF|Z|EFFECTIVEZ|ZEFFECTIVE)$/, "an effective atomic number (RescaleType Z_EFF)"],
  [/^%?(EDW)$/, "an electron density relative to water (RescaleType EDW)"],
  [/^%?(ED|ELECTRONDENSITY)$/, "an electron density (RescaleType ED)"],
  [/^(HUMOD)$/, "modified Hounsfield units (RescaleType HU_MOD)"],
  [/^(PCT|%)$/, "a percentage (RescaleType PCT)"],
  [/^OD$/, "an optical density (RescaleType OD)"],
  [/^(BQML|SUV|GML|CNTS|CPS)$/, "an activity (RescaleType of emission tomography)"],
  [/^(1CM|CM-?1|PERCM)$/, "an attenuation coefficient (RescaleType)"],
];
const huTypes = /^(HU|US|HOUNSFIELD|HOUNSFIELDUNITS?|UNSPECIFIED)$/;
/** Image flavours of ImageType value 4 that are no HU. */
const quantityOfFlavour: ReadonlyMap<string, string> = new Map([
  ["MAT_SPECIFIC", "a material map (ImageType MAT_SPECIFIC)"],
  ["MAT_FRACTIONAL", "a share of a material (ImageType MAT_FRACTIONAL)"],
  ["EFF_ATOMIC_NUM", "an effective atomic number (ImageType EFF_ATOMIC_NUM)"],
  ["ELECTRON_DENSITY", "an electron density (ImageType ELECTRON_DENSITY)"],
  ["MAT_MODIFIED", "values modified to show a material (ImageType MAT_MODIFIED)"],
  ["MAT_VALUE_BASED", "values of a material (ImageType MAT_VALUE_BASED)"],
]);
/**
 * Derived contrasts of FrameType and ImageType: how a picture was made, not the unit of its values.
 *
 * @see DICOM PS3.3 C.8.16.1.4
 */
const contrasts: readonly (readonly [RegExp, string])[] = [
  [/^(R?CBF|R?CBV|MTT|TTP|TMAX|PERMEABILITY)$/, "map of perfusion"],
  [/^(T_TEST|Z_SCORE|STD_DEVIATION)$/, "statistic of several pictures"],
  [/^DIVISION$/, "division of pictures"],
  [/^MULTIPLICATION$/, "multiplication of pictures"],
];
const flavours: readonly (readonly [RegExp, string])[] = [
  [/^(MIP|MAX_IP|MAXIMUM|PROJECTION IMAGE)$/, "MIP (maximum intensity projection)"],
  [/^(MINIP|MIN_IP|MINIMUM)$/, "MinIP (minimum intensity projection)"],
  [/^(AVERAGE|AVG|MEAN|AVE|AIP)$/, "average over a slab"],
  [/^(VOLREN|VOLUME RENDER(ING|ED)?|VRT|VR|SSD|SURFACE|RENDERED|RENDERING)$/, "rendering"],
  [/^(CURVED|CPR)$/, "curved reformation"],
  [/^(SUBTRACTION|SUBTRACT|SUB)$/, "subtraction"],
];

/**
 * What a header declares its values to be, where that is not HU: RescaleType, a flavour in ImageType, or Units. A
 * derived contrast in ImageType decides where no RescaleType is stated; beside one of HU, or an unspecified one, which
 * leaves it to the voxels, it is told by `projection`.
 *
 * @returns `quantity` in words for a known other quantity, since the text itself may be anything; `odd` when a
 * RescaleType is none that is known.
 * @see DICOM PS3.3 C.11.1.1.2 (Rescale Type), C.8.2.1.1.1 (ImageType value 4)
 */
export function declaredQuantity(
  rescaleType: string | undefined,
  imageType: readonly string[],
  units: string | undefined,
): { readonly quantity: string | undefined; readonly odd: boolean } {
  const written = (rescaleType ?? "US").toUpperCase().replace(/[\s*/_.[\]()]/g, "");
  const byType = quantityOfType.find(([pattern]) => pattern.test(written))?.[1];
  const byFlavour = imageType.slice(2).map((part) => quantityOfFlavour.get(part.toUpperCase()));
  const byContrast = rescaleType === undefined ? partOf(contrasts, imageType) : undefined;
  const byUnits =
    units === undefined || huTypes.test(units.toUpperCase())
      ? undefined
      : "values with a unit of their own (Units)";
  return {
    quantity:
      byType ??
      byFlavour.find((name) => name !== undefined) ??
      (byContrast === undefined ? byUnits : `a ${byContrast.words} (ImageType ${byContrast.part})`),
    odd: !huTypes.test(written),
  };
}

/** How ImageType says that a picture is no plain slice; undefined when it says nothing of that kind. */
export function projection(imageType: readonly string[]): string | undefined {
  return partOf([...flavours, ...contrasts], imageType)?.words;
}

/** The first part of ImageType from value 3 on that one of the words names. */
function partOf(
  words: readonly (readonly [RegExp, string])[],
  imageType: readonly string[],
): { readonly part: string; readonly words: string } | undefined {
  for (const part of imageType.slice(2).map((one) => one.toUpperCase())) {
    const found = words.find(([pattern]) => pattern.test(part))?.[1];
    if (found !== undefined) return { part, words: found };
  }
  return undefined;
}
