/** Writes commands that act on the same lake as the one that is running. */
import type { GlobalFlags } from './project.ts'

/** The flags that say which project and which lake, as words of a command line. */
export function globalArguments({ config, profile, lake, input, source = [] }: GlobalFlags): readonly string[] {
  const named = Object.entries({ config, profile, lake, input }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
  return [...named, ...source.flatMap((pair) => ['--source', pair])]
}
