export { ctFolder, defineExperiment, liftTo3d, phantomCt, pretrain2d, reportTask, stage, tghMoe, tinyPhi3v, vqaTask } from "./config/index.ts";
