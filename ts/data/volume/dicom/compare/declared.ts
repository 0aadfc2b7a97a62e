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
/**
 * Image flavours and derived contrasts in ImageType or FrameType that are no HU.
 *
 * @see DICOM PS3.3 C.8.16.1.4 (derived pixel contrast)
 */
const quantityOfFlavour: ReadonlyMap<string, string> = new Map([
  ["MAT_SPECIFIC", "a material map (ImageType MAT_SPECIFIC)"],
  ["MAT_FRACTIONAL", "a share of a material (ImageType MAT_FRACTIONAL)"],
  ["EFF_ATOMIC_NUM", "an effective atomic number (ImageType EFF_ATOMIC_NUM)"],
  ["ELECTRON_DENSITY", "an electron density (ImageType ELECTRON_DENSITY)"],
  ["MAT_MODIFIED", "values modified to show a material (ImageType MAT_MODIFIED)"],
  ["MAT_VALUE_BASED", "values of a material (ImageType MAT_VALUE_BASED)"],
  ...["RCBF", "RCBV", "CBF", "CBV", "MTT", "TTP", "TMAX", "PERMEABILITY"].map((word): [string, string] => [
    word,
    `a map of perfusion (ImageType ${word})`,
  ]),
  ...["T_TEST", "Z_SCORE", "STD_DEVIATION"].map((word): [string, string] => [
    word,
    `a statistic of several pictures (ImageType ${word})`,
  ]),
  ...["DIVISION", "MULTIPLICATION"].map((word): [string, string] => [
    word,
    `the ${word.toLowerCase()} of pictures (ImageType ${word})`,
  ]),
]);
const flavours: readonly (readonly [RegExp, string])[] = [
  [/^(MIP|MAX_IP|MAXIMUM|PROJECTION IMAGE)$/, "MIP (maximum intensity projection)"],
  [/^(MINIP|MIN_IP|MINIMUM)$/, "MinIP (minimum intensity projection)"],
  [/^(AVERAGE|AVG|MEAN|AVE|AIP)$/, "average over a slab"],
  [/^(VOLREN|VOLUME RENDER(ING|ED)?|VRT|VR|SSD|SURFACE|RENDERED|RENDERING)$/, "rendering"],
  [/^(CURVED|CPR)$/, "curved reformation"],
  [/^(SUBTRACTION|SUBTRACT|SUB)$/, "subtraction"],
];

/**
 * What a header declares its values to be, where that is not HU: RescaleType, a flavour in ImageType, or Units.
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
  const byUnits =
    units === undefined || huTypes.test(units.toUpperCase())
      ? undefined
      : "values with a unit of their own (Units)";
  return {
    quantity: byType ?? byFlavour.find((name) => name !== undefined) ?? byUnits,
    odd: !huTypes.test(written),
  };
}

/** How ImageType says that a picture is no plain slice; undefined when it says nothing of that kind. */
export function projection(imageType: readonly string[]): string | undefined {
  for (const part of imageType.slice(2)) {
    const found = flavours.find(([pattern]) => pattern.test(part.toUpperCase()))?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
