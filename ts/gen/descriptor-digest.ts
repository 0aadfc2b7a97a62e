// @generated from proto/ by scripts/generate.mjs; do not edit.

/** SHA-256 of the descriptor set this package was built with; the hello compares it. */
export const descriptorDigest = "eb37f0c2454dfaa922ad2e590430177466313142d1efa93b59f4d2c70e469bc4";
