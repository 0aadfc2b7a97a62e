/** Does something where no Python is found, and puts things back: what needs the worker says that it was not checked. */
export async function withoutPython<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.TOMOE_PYTHON;
  process.env.TOMOE_PYTHON = "/nowhere/python";
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TOMOE_PYTHON;
    else process.env.TOMOE_PYTHON = before;
  }
}
