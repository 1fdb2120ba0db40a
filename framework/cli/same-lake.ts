/** Writes commands that act on the same lake as the one that is running. */
import { resolve } from 'node:path'
import type { ErrorReport } from '../run/error-report.ts'
import { shellWord } from '../schedule/refresh-command.ts'
import type { GlobalFlags } from './project/project.ts'

type PlaceFlags = Pick<GlobalFlags, 'config' | 'profile' | 'lake' | 'input' | 'source'>

/** The flags that say which project and which lake, as words of a command line. */
export function globalArguments({ config, profile, lake, input, source = [] }: PlaceFlags): readonly string[] {
  const named = Object.entries({ config, profile, lake, input }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
  return [...named, ...source.flatMap((pair) => ['--source', pair])]
}

/** The same flags for a command that is typed in another directory. */
export function absoluteFlags({ config, profile, lake, input, source }: PlaceFlags, cwd: string): PlaceFlags {
  const place = (uri: string) => (uri.includes('://') ? uri : resolve(cwd, uri))
  const pair = (text: string) => text.replace(/^([^=]*=)(.*)$/s, (_, key: string, uri: string) => key + place(uri))
  return {
    ...(config !== undefined && { config: resolve(cwd, config) }),
    ...(profile !== undefined && { profile }),
    ...(lake !== undefined && { lake: place(lake) }),
    ...(input !== undefined && { input: place(input) }),
    ...(source && { source: source.map(pair) }),
  }
}

const COMMANDS =
  'materialize|plan|status|show|graph|history|runs|run|query|rejects|check|verify|diff|rollback|vacuum|drop|schedule|doctor|emr'

/** `lake run ID`, also at the beginning of a line; not `the lake runs on`, nor a path. */
const SUGGESTED = new RegExp(`(?<!\\b(?:the|a|this|that|of) )(?<![\\w/.-])lake (?=(?:${COMMANDS})\\b(?![/\\w]))`, 'g')

/** Puts the flags into each command that a text for people suggests, so that it acts on the lake that the text is about. */
export function suggesting(flags: PlaceFlags): (text: string) => string {
  const words = globalArguments(flags).map(shellWord).join(' ')
  return words === '' ? (text) => text : (text) => text.replace(SUGGESTED, () => `lake ${words} `)
}

/** The same for an error as data. */
export function suggestingIn(suggest: (text: string) => string, error: ErrorReport): ErrorReport {
  const { message, remedy } = error
  return { ...error, message: suggest(message), ...(remedy !== undefined && { remedy: suggest(remedy) }) }
}
