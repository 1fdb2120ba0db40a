/** Finds the words that can come next on a command line, from the table of commands. */
import type { Argument, Option } from 'commander'
import type { CommandSpec } from '../commands/command-table.ts'

/** Names from the lake and the project. Each list is read only when it is needed. */
export interface Names {
  assets(): Promise<readonly string[]>
  profiles(): Promise<readonly string[]>
  runs(): Promise<readonly string[]>
  /** The tags of assets. */
  tags(): Promise<readonly string[]>
  /** Tables that no asset declares. */
  undeclared(): Promise<readonly string[]>
  /** The newest versions of an asset, newest first. */
  versions(asset: string): Promise<readonly string[]>
  /** What `lake help` explains. */
  topics(): Promise<readonly string[]>
}

export interface WordTable {
  readonly commands: readonly CommandSpec[]
  readonly globalFlags: readonly Option[]
}

interface WordsBefore {
  /** The command that the words before the cursor name; undefined if they name none. */
  readonly command: CommandSpec | undefined
  readonly flags: readonly Option[]
  /** The arguments before the cursor. */
  readonly given: readonly string[]
  /** The flag before the cursor whose value is missing. */
  readonly waiting: Option | undefined
}

/**
 * Returns the candidates. `words` are those after `lake`; the last one is being typed and can be
 * empty. If there is no candidate, the shell offers files.
 */
export async function candidates(words: readonly string[], table: WordTable, names: Names): Promise<readonly string[]> {
  const typed = words.at(-1) ?? ''
  const read = readWords(words.slice(0, -1), table)
  const found = await wordsAt(read, typed, table, names)
  return found.filter((word) => word.startsWith(typed))
}

async function wordsAt({ waiting, ...read }: WordsBefore, typed: string, table: WordTable, names: Names) {
  if (waiting) return flagWords(waiting, read.given, names)
  if (typed.startsWith('-')) return read.flags.flatMap(({ long }) => long ?? [])
  const subcommands = read.given.length > 0 ? [] : read.command ? (read.command.commands ?? []) : table.commands
  const argument = argumentAt(read)
  const words = argument ? await argumentWords(argument, { given: read.given, typed }, names) : []
  return [...subcommands.map(({ name }) => name), ...words]
}

async function flagWords(flag: Option, [asset]: readonly string[], names: Names): Promise<readonly string[]> {
  switch (flag.long) {
    case '--profile':
      return names.profiles()
    case '--at':
      return ['last', ...(await names.runs())]
    case '--to':
      return asset === undefined ? [] : names.versions(asset)
    default:
      return flag.argChoices ?? []
  }
}

function argumentAt({ command, given }: Omit<WordsBefore, 'waiting'>): Argument | undefined {
  const all = command?.arguments ?? []
  const last = all.at(-1)
  return all[given.length] ?? (last?.variadic ? last : undefined)
}

interface TypedArguments {
  readonly given: readonly string[]
  readonly typed: string
}

async function argumentWords(
  argument: Argument,
  { given, typed }: TypedArguments,
  names: Names,
): Promise<readonly string[]> {
  switch (argument.name()) {
    case 'selection':
      return selections(typed, names)
    case 'asset':
    case 'source':
      return names.assets()
    case 'from':
    case 'to':
      return names.versions(given[0] ?? '')
    case 'key':
      return names.undeclared()
    case 'id':
      return ['last', ...(await names.runs())]
    case 'topic':
      return names.topics()
    default:
      return argument.argChoices ?? []
  }
}

/** Assets. If a + or `tag:` was typed, the candidates begin with it too. */
async function selections(typed: string, names: Names): Promise<readonly string[]> {
  if (typed.startsWith('tag:')) return (await names.tags()).map((tag) => `tag:${tag}`)
  const assets = await names.assets()
  return typed.startsWith('+') ? assets.map((key) => `+${key}`) : assets
}

function readWords(before: readonly string[], { commands, globalFlags }: WordTable): WordsBefore {
  let command: CommandSpec | undefined
  const given: string[] = []
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
      given.length === 0 ? (command ? command.commands : commands)?.find(({ name }) => name === word) : undefined
    if (subcommand) command = subcommand
    else given.push(word)
  }
  return { command, flags: flags(), given, waiting }
}
