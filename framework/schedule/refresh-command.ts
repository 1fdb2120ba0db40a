import type { Schedule } from '../declare/project.ts'
import { LakeError } from '../errors.ts'

export interface RefreshCommand {
  /** How a shell calls the program, as `cd /srv/lake && npx lake`: taken as it is, so already quoted. */
  readonly command: string
  /** The flags that say on which lake, as words. */
  readonly flags?: readonly string[]
}

/** One line for a POSIX shell that does what the schedule does. Throws `config` for a line break in any part of it. */
export function refreshCommand(schedule: Schedule, { command, flags = [] }: RefreshCommand): string {
  const options = [...(schedule.full ? ['--full'] : []), ...flags]
  const words = ['materialize', ...(schedule.selection ?? []), ...options]
  const line = [command, ...words.map(shellWord)].join(' ')
  if (!/\p{Cc}/u.test(line)) return line
  const message = `schedule ${schedule.name}: its command has a line break or control character`
  throw new LakeError('config', `${message}, which cannot be exported; leave it out: ${JSON.stringify(line)}`)
}

/** The word as a POSIX shell reads it back, quoted only where it has to be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
