/** Reads the documents that come with the program, as topics of `lake help`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import { packageDirectory } from './package-files.ts'

const GUIDES = 'docs/guides'
const GLOSSARY = 'docs/glossary.md'

/** A document: its path in the package, or what makes its text. */
export type TopicDocument = string | (() => Promise<string>)

/** Documents other than guides, by topic. */
const MORE: Readonly<Record<string, TopicDocument>> = {
  expressions: async () => (await import('../../expression/functions/functions-document.ts')).functionsDocument(),
  glossary: GLOSSARY,
  readers: 'docs/readers.md',
}

/** The documents by topic. The topic of a guide is its file's name. */
export function topics(): ReadonlyMap<string, TopicDocument> {
  const files = readdirSync(join(packageDirectory(), GUIDES), { recursive: true, encoding: 'utf8' })
  const guides = files
    .sort()
    .filter((path) => path.endsWith('.md'))
    .map((path) => [parse(path).name, join(GUIDES, path)] as const)
  return new Map([...guides, ...Object.entries(MORE)])
}

export const topicText = (document: TopicDocument): Promise<string> =>
  typeof document === 'string' ? Promise.resolve(fileText(document)) : document()

const fileText = (path: string): string => readFileSync(join(packageDirectory(), path), 'utf8')

/**
 * The lines of a document that have the name in code: in a block of code, or between backquotes.
 * Those between backquotes come first, because they explain it. If there are none, the lines that
 * have the name as a word.
 */
export function mentionsIn(text: string, name: string): readonly string[] {
  const word = new RegExp(`(?<![\\w$])${name.replace(/[^\w ]/g, '\\$&')}(?![\\w$])`)
  const inProse = new RegExp(word, 'i')
  const [explained, written, prose]: [string[], string[], string[]] = [[], [], []]
  let isCode = false
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode
    else if (isCode && word.test(line)) written.push(line.trim())
    else if (!isCode && (line.match(/`[^`]+`/g) ?? []).some((code) => word.test(code))) explained.push(line.trim())
    else if (!isCode && inProse.test(line)) prose.push(line.trim())
  }
  return explained.length + written.length > 0 ? [...explained, ...written] : prose
}

/** The heading of the document. */
export const titleOf = (text: string): string | undefined => /^# (.*)$/m.exec(text)?.[1]

/** Word of the glossary, in lower case -> its meaning as one line. */
export function glossaryWords(): ReadonlyMap<string, string> {
  const rows = fileText(GLOSSARY).matchAll(/^\| (\*\*.*?\*\*) \| (.*) \|$/gm)
  return new Map(
    [...rows].flatMap(([, words = '', meaning = '']) =>
      [...words.matchAll(/\*\*(.+?)\*\*/g)].map(
        ([, word = '']) => [word.toLowerCase(), `${words.replaceAll('**', '')}: ${meaning}`] as const,
      ),
    ),
  )
}
