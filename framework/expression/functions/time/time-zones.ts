/** Looks up names of time zones. */
import { closest } from 'fastest-levenshtein'

let known: ReadonlySet<string> | undefined

/** The zones that this Node knows. The first call takes some time. */
function zones(): ReadonlySet<string> {
  known ??= new Set(Intl.supportedValuesOf('timeZone'))
  return known
}

/** Names are case-sensitive, as in Java. An alias resolves to a zone of another name. */
export const isTimeZone = (name: string): boolean => name === 'UTC' || zones().has(name) || isAlias(name)

/** The remedy for a name that is no time zone. */
export const zoneRemedy = (name: string): string =>
  `write it as the IANA database has it, such as '${closest(name, [...zones()])}'`

function isAlias(name: string): boolean {
  if (!/^[A-Z][A-Za-z]+\/[A-Z][A-Za-z_/-]+$/.test(name)) return false
  try {
    return (
      new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.toLowerCase() !== name.toLowerCase()
    )
  } catch {
    return false
  }
}
