/** Does `work` with another cache than the tests' own, which is none. */
export async function withCache<T>(cache: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.TOMOE_CACHE;
  process.env.TOMOE_CACHE = cache;
  try {
    return await work();
  } finally {
    process.env.TOMOE_CACHE = before;
  }
}
