/**
 * React reads NODE_ENV when it loads: its development build is slow, and notes every render in memory for as long as the process
 * lives. So Ink is loaded by this, once it is needed, and by nothing else.
 */
export async function loadForProduction<Module>(load: () => Promise<Module>): Promise<Module> {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = NODE_ENV ?? 'production'
  try {
    return await load()
  } finally {
    // What the program starts later, a Spark driver say, gets the environment that it was started in.
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
  }
}
