/**
 * Messages and documents suggest only commands that lake has, with flags and arguments that these
 * accept.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMAND_NAMES } from '../../../framework/cli/commands/command-table.ts'
import { commandLine } from '../../../framework/cli/program.ts'
import { ROOT } from '../../support/reference/documented.ts'

const files = (folder: string, ending: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => join(folder, file))

/** Lines of a file, without comments. */
const linesOf = (file: string) =>
  readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(\/\*|\*|\/\/)/.test(line))

interface Hint {
  readonly file: string
  readonly command: string
}

const SUGGESTED = new RegExp(
  `\\\\?\`(?:npx )?lake ((?:--?\\w|(?:${COMMAND_NAMES.join('|')})\\b(?!/))[^\`]*?)(?<! \\.\\.\\.)\\\\?\``,
  'g',
)

const hintsOf = (file: string): readonly Hint[] =>
  linesOf(file).flatMap((line) => [...line.matchAll(SUGGESTED)].map(([, command = '']) => ({ file, command })))

/**
 * The commands that have a line of their own in blocks of shell, without text for other programs.
 */
const typedIn = (file: string): readonly Hint[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^```(?:sh|bash|console)\n([\s\S]*?)^```/gm)].flatMap(
    ([, block = '']) =>
      [...block.matchAll(/^(?:\$ )?(?:npx )?lake (.+)$/gm)].map(([, command = '']) => ({
        file,
        command: command.replace(/\s+(?:#|\||>|<\s|&&|\\$).*$/, ''),
      })),
  )

const CODE = [...files('framework', /\.tsx?$/), ...files('framework/engines/spark/job', /\.py$/)].flatMap(hintsOf)
// The test leaves out the reference, because it is generated from the commands.
const PAGES = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...files('docs', /\.md$/)].filter(
  (file) => !file.startsWith('docs/reference/'),
)
const DOCUMENTS = PAGES.flatMap((file) => [...hintsOf(file), ...typedIn(file)])

/** The words of a command, with a value for each placeholder: `KEY`, `${key}`, `DIR...`. */
function wordsOf(command: string): readonly string[] {
  const filled = command.replaceAll(/\$\{[^}]*\}/g, '1').replaceAll(/\b[A-Z]\w*(?:[A-Z]|\b)(\.\.\.)?/g, '1')
  return [...filled.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, word]) => double ?? single ?? word ?? '',
  )
}

async function parse(words: readonly string[]): Promise<string> {
  try {
    await commandLine(async () => undefined, { silent: true }).parseAsync(words, { from: 'user' })
    return 'ok'
  } catch (error) {
    return (error as Error).message
  }
}

describe('a suggested command', () => {
  it.each([...CODE, ...DOCUMENTS])('$command in $file is a command that lake accepts', async ({ command }) => {
    const words = wordsOf(command)
    const [name = ''] = words.filter((word) => !word.startsWith('-'))
    // A command without arguments or flags is only mentioned, not suggested.
    if (words.length === 1) expect([...COMMAND_NAMES, '--help', '--version']).toContain(words[0])
    else expect({ name, parsed: await parse(words) }).toEqual({ name, parsed: 'ok' })
  })

  it('appears in many messages', () => {
    expect(CODE.length).toBeGreaterThan(50)
  })

  it('is between backticks in a message', () => {
    const bare = new RegExp(`(?:[Rr]un|[Uu]se|with) lake (?:${COMMAND_NAMES.join('|')})\\b`)
    const found = files('framework', /\.tsx?$/).flatMap((file) => linesOf(file).filter((line) => bare.test(line)))
    expect(found).toEqual([])
  })
})
