/** The file of the code that called the function which calls this one, for messages about what it declared. */
export function declaredIn(): string | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error
  Error.stackTraceLimit = 3
  Error.prepareStackTrace = (_, sites) => sites
  const sites = new Error().stack as unknown as NodeJS.CallSite[] | undefined
  Error.stackTraceLimit = stackTraceLimit
  Error.prepareStackTrace = prepareStackTrace
  return sites?.[2]?.getFileName()?.replace(/^file:\/\//, '')
}
