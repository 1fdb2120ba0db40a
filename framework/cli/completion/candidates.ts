/** Finds the words that can stand where the cursor is, from the table of commands. */
import type { Argument, Option } from 'commander'
import type { CommandSpec } from '../commands/command-table.ts'

/** What the lake and the project are asked for, only if it is wanted. */
export interface Names {
  assets(): Promise<readonly string[]>
  profiles(): Promise<readonly string[]>
  runs(): Promise<readonly string[]>
}

export interface WordTable {
  readonly commands: readonly CommandSpec[]
  readonly globalFlags: readonly Option[]
}

interface Place {
  /** The command that the words before name; undefined at the beginning. */
  readonly command: CommandSpec | undefined
  readonly flags: readonly Option[]
  /** Number of arguments before. */
  readonly given: number
  /** The flag before that waits for its value. */
  readonly waiting: Option | undefined
}

/**
 * `words` are those after `lake`, the last of which is being typed and can be empty. Without any
 * candidate, a shell offers files.
 */
export async function candidates(words: readonly string[], table: WordTable, names: Names): Promise<readonly string[]> {
  const typed = words.at(-1) ?? ''
  const place = placeOf(words.slice(0, -1), table)
  const found = await wordsAt(place, typed, table, names)
  return found.filter((word) => word.startsWith(typed))
}

async function wordsAt({ waiting, ...place }: Place, typed: string, table: WordTable, names: Names) {
  if (waiting) return waiting.long === '--profile' ? names.profiles() : (waiting.argChoices ?? [])
  if (typed.startsWith('-')) return place.flags.flatMap(({ long }) => long ?? [])
  const subcommands = place.given > 0 ? [] : place.command ? (place.command.commands ?? []) : table.commands
  const argument = argumentAt(place)
  return [...subcommands.map(({ name }) => name), ...(argument ? await argumentWords(argument, names) : [])]
}

function argumentAt({ command, given }: Omit<Place, 'waiting'>): Argument | undefined {
  const all = command?.arguments ?? []
  const last = all.at(-1)
  return all[given] ?? (last?.variadic ? last : undefined)
}

async function argumentWords(argument: Argument, names: Names): Promise<readonly string[]> {
  switch (argument.name()) {
    case 'selection':
    case 'asset':
    case 'source':
      return names.assets()
    case 'id':
      return ['last', ...(await names.runs())]
    default:
      return argument.argChoices ?? []
  }
}

function placeOf(before: readonly string[], { commands, globalFlags }: WordTable): Place {
  let command: CommandSpec | undefined
  let given = 0
  let waiting: Option | undefined
  const flags = () => [...(command?.flags ?? []), ...globalFlags]
  for (const word of before) {
    if (waiting) {
      waiting = undefined
      continue
    }
    if (word.startsWith('-')) {
      waiting = flags().find(({ long, required }) => long === word && required)
      continue
    }
    const subcommand =
      given === 0 ? (command ? command.commands : commands)?.find(({ name }) => name === word) : undefined
    if (subcommand) command = subcommand
    else given++
  }
  return { command, flags: flags(), given, waiting }
}
