// Node's environment, which hands jest-circus' state to the file that registers others: see files.mjs.
import { TestEnvironment } from "jest-environment-node";

export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // What one test prepared is not what another one finds.
    this.global.process.env.TOMOE_CACHE = "off";
  }

  handleTestEvent(_event, state) {
    this.global.circus = state;
  }
}
