// A second feeder in a process of its own: `node feeder-child.ts FOLDER WORLD-SIZE STEPS` prints the batches of its ranks.
import { batchesOf } from "./feeders.ts";

const [folder, worldSize, steps] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await batchesOf(folder ?? "", Number(worldSize), Number(steps))));
