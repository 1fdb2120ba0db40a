/** Finds the file that declares an asset, for messages. */

/**
 * Records the caller of the function that calls this one, and returns a function that returns the
 * caller's file. Only that function formats the stack, because doing so for ten thousand
 * declarations takes long.
 */
export function declaredIn(): () => string | undefined {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 3
  const error = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return () => fileOf(error)
}

function fileOf(error: Error): string | undefined {
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = (_, sites) => sites
  const sites = error.stack as unknown as NodeJS.CallSite[] | string | undefined
  Error.prepareStackTrace = prepareStackTrace
  return typeof sites === 'object' ? sites[2]?.getFileName()?.replace(/^file:\/\//, '') : undefined
}
