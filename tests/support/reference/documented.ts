/**
 * Reads the declarations of a TypeScript file with their docstrings, for the generated documents.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory of the checkout. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Member {
  readonly name: string
  readonly optional: boolean
  /** The text after the name: a type, or the expression of a schema. */
  readonly is: string
  /** The docstring on one line. Empty if the declaration has none. */
  readonly doc: string
}

/** The members between `{` and `}`, of an interface or of the object of a schema. */
export interface Block {
  /** The text before the brace: `export interface RunWaited`. */
  readonly head: string
  readonly doc: string
  readonly members: readonly Member[]
}

interface OpenBlock extends Block {
  readonly members: Member[]
}

const MEMBER = /^\s*(?:readonly )?['"]?([\w-]+)['"]?(\?)?: (.+?),?$/

/** The blocks of a file, in the order of their ends. The file has the format of Biome. */
export function declaredBlocks(file: string): readonly Block[] {
  const ended: Block[] = []
  const open: OpenBlock[] = []
  let doc = ''
  for (const line of declarations(file)) {
    const [, comment] = /^\s*\/\*\* (.*) \*\/$/.exec(line) ?? []
    if (comment !== undefined) {
      doc = comment
      continue
    }
    const [, name = '', question, is = ''] = MEMBER.exec(line) ?? []
    if (name !== '') open.at(-1)?.members.push({ name, optional: question !== undefined, is, doc })
    if (/^\s*\}/.test(line)) ended.push(...open.splice(-1))
    if (line.endsWith('{')) open.push({ head: line.replace(/ *\(?\{$/, '').trim(), doc, members: [] })
    doc = ''
  }
  return ended
}

/** The lines of the file, with each docstring on one line. */
function declarations(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const joined = text.replaceAll(/\/\*\*\s*\n([\s\S]*?)\*\//g, (_, lines: string) => {
    const words = lines.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim())
    return `/** ${words.filter((word) => word !== '').join(' ')} */`
  })
  return joined.split('\n')
}

/** A cell of a table: one line, in which `|` does not separate cells. */
export const cell = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|')

export const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
