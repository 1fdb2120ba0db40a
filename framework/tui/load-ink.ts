/** Loads Ink with the production build of React. */

/**
 * React reads NODE_ENV when it loads. Its development build is slow, and keeps a record of every
 * render in memory. Ink reads CI when it loads, and draws only its last frame even if CI is empty.
 * So all code loads Ink with this function.
 */
export async function loadForProduction<Module>(load: () => Promise<Module>): Promise<Module> {
  const { NODE_ENV, CI } = process.env
  process.env.NODE_ENV = NODE_ENV ?? 'production'
  delete process.env.CI
  try {
    return await load()
  } finally {
    // Restored, because programs that are started later, such as a Spark driver, inherit the
    // environment.
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    if (CI !== undefined) process.env.CI = CI
  }
}
