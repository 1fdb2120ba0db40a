/**
 * Notes the code that called the function which calls this one, and names its file when it is asked for, which is only for messages.
 * The stack is put into words no earlier: ten thousand declarations should not pay for that.
 */
export function declaredIn(): () => string | undefined {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 3
  const place = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return () => fileOf(place)
}

function fileOf(place: Error): string | undefined {
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = (_, sites) => sites
  const sites = place.stack as unknown as NodeJS.CallSite[] | string | undefined
  Error.prepareStackTrace = prepareStackTrace
  return typeof sites === 'object' ? sites[2]?.getFileName()?.replace(/^file:\/\//, '') : undefined
}
