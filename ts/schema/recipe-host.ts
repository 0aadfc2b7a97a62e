/**
 * Under this key of `globalThis` the command line waits for a recipe's experiment while it imports the recipe:
 * the public `run()` gives the experiment to the function that it finds there instead of running it.
 */
export const recipeHostKey = Symbol.for("tomoe.recipe-host");
