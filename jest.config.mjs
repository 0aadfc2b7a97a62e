export default {
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["tomoe-source", "node", "node-addons"] },
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "./tests/support/jest-strip.mjs" },
  reporters: ["default", "./tests/support/jest-count.mjs"],
};
