// Node's environment, which hands jest-circus' state to the file that registers others: see files.mjs.
import { TestEnvironment } from "jest-environment-node";

export default class extends TestEnvironment {
  handleTestEvent(_event, state) {
    this.global.circus = state;
  }
}
