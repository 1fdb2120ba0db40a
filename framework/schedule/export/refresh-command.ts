/** Writes the shell command that refreshes what a schedule selects. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'

export interface RefreshCommand {
  /** The shell text that calls the program, already quoted: `cd /srv/lake && npx lake`. */
  readonly command: string
  /** The flags that name the project and the lake, as words. */
  readonly flags?: readonly string[]
}

/** Returns one line for a POSIX shell. Throws `config` if any part contains a line break. */
export function refreshCommand(schedule: Schedule, { command, flags = [] }: RefreshCommand): string {
  const line = [command, ...refreshWords(schedule, flags).map(shellWord)].join(' ')
  if (!/\p{Cc}/u.test(line)) return line
  const message = `schedule ${schedule.name}: its command contains a line break or control character`
  throw new LakeError('config', {
    problem: `${message}, which cannot be exported`,
    remedy: `Remove it: ${JSON.stringify(line)}.`,
  })
}

/**
 * The words after the program's name. Settings that only lake knows need its own command for one
 * tick.
 */
export function refreshWords(schedule: Schedule, flags: readonly string[]): readonly string[] {
  const { name, selection = [], full } = schedule
  if (OWN_SETTINGS.some((setting) => schedule[setting] !== undefined))
    return ['schedule', 'run', name, '--once', ...flags]
  return ['materialize', ...selection, ...(full ? ['--full'] : []), ...flags]
}

const OWN_SETTINGS = ['whenStale', 'overlap', 'timeout', 'retries', 'profile'] as const

/** Quotes a word for a POSIX shell, only if necessary. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
