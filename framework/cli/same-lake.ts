/** Writes commands that act on the same lake as the command that runs. */
import { resolve } from 'node:path'
import type { ErrorReport } from '../run/error-report.ts'
import { shellWord } from '../schedule/export/refresh-command.ts'
import type { GlobalFlags } from './project/project.ts'

type LocationFlags = Pick<GlobalFlags, 'config' | 'profile' | 'lake' | 'input' | 'source'>

/** The flags that name the project and the lake, as words of a command line. */
export function globalArguments({ config, profile, lake, input, source = [] }: LocationFlags): readonly string[] {
  const named = Object.entries({ config, profile, lake, input }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
  return [...named, ...source.flatMap((pair) => ['--source', pair])]
}

/** The same flags, for a command that a person types in another directory. */
export function absoluteFlags({ config, profile, lake, input, source }: LocationFlags, cwd: string): LocationFlags {
  const absolute = (uri: string) => (uri.includes('://') ? uri : resolve(cwd, uri))
  const pair = (text: string) => text.replace(/^([^=]*=)(.*)$/s, (_, key: string, uri: string) => key + absolute(uri))
  return {
    ...(config !== undefined && { config: resolve(cwd, config) }),
    ...(profile !== undefined && { profile }),
    ...(lake !== undefined && { lake: absolute(lake) }),
    ...(input !== undefined && { input: absolute(input) }),
    ...(source && { source: source.map(pair) }),
  }
}

/**
 * Returns a function that puts the flags into each of the `commands` that a text suggests: `lake
 * plan`.
 */
export function suggesting(flags: LocationFlags, commands: readonly string[]): (text: string) => string {
  const words = globalArguments(flags).map(shellWord).join(' ')
  if (words === '') return (text) => text
  // `lake run ID`, also at the beginning of a line; not "the lake runs on", and not a path.
  const suggested = new RegExp(
    `(?<!\\b(?:the|a|this|that|of) )(?<![\\w/.-])lake (?=(?:${commands.join('|')})\\b(?![/\\w]))`,
    'g',
  )
  return (text) => text.replace(suggested, () => `lake ${words} `)
}

/** Does the same in an error's message and remedy. */
export function suggestingIn(suggest: (text: string) => string, error: ErrorReport): ErrorReport {
  const { message, remedy } = error
  return { ...error, message: suggest(message), ...(remedy !== undefined && { remedy: suggest(remedy) }) }
}
