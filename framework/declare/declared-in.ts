/** Finds the file that declares an asset, for messages. */

/**
 * Records the caller of the function that calls this one. The returned function returns its file.
 * The stack is formatted only then, because ten thousand declarations would pay for it.
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
