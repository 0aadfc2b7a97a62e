// Loads the recipes named on its command line, one after the other, and prints for each one JSON line of what
// came of it.
import { loadRecipe } from "../../../../../ts/cli/recipe.ts";
import { isTomoeError } from "../../../../../ts/errors.ts";

for (const path of process.argv.slice(2)) {
  try {
    console.log(
      JSON.stringify({
        experiment: await loadRecipe(path, new AbortController().signal),
      }),
    );
  } catch (cause) {
    if (!isTomoeError(cause)) throw cause;
    console.log(
      JSON.stringify({
        code: cause.code,
        message: cause.message,
        hint: cause.hint,
      }),
    );
  }
}
process.exit(0);
