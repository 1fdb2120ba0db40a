/** Reads the documents that come with the program, as topics of `lake help`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { packageDirectory } from './package-files.ts'

/** The text of a document, or what makes it. */
type TopicDocument = string | (() => Promise<string>)

/** The functions are documented by their declarations. */
const EXPRESSIONS: TopicDocument = async () =>
  (await import('../../expression/functions/functions-document.ts')).functionsDocument()

let read: Readonly<Record<string, string>> | undefined

/** Topic -> text, as the build has packed the guides, the glossary and the list of readers. */
function documents(): Readonly<Record<string, string>> {
  read ??= JSON.parse(
    brotliDecompressSync(readFileSync(join(packageDirectory(), 'dist', 'documents.json.br'))).toString(),
  )
  return read as Readonly<Record<string, string>>
}

/** The documents by topic. The topic of a guide is its file's name. */
export const topics = (): ReadonlyMap<string, TopicDocument> =>
  new Map<string, TopicDocument>([...Object.entries(documents()), ['expressions', EXPRESSIONS]])

export const topicText = (document: TopicDocument): Promise<string> =>
  typeof document === 'string' ? Promise.resolve(document) : document()

/**
 * The lines of a document that have the name in code: in a block of code, or between backquotes.
 * Lines with the name between backquotes come first, because they explain it. If code never has the
 * name, the lines that have it as a word.
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
  const rows = (documents().glossary ?? '').matchAll(/^\| (\*\*.*?\*\*) \| (.*) \|$/gm)
  return new Map(
    [...rows].flatMap(([, words = '', meaning = '']) =>
      [...words.matchAll(/\*\*(.+?)\*\*/g)].map(
        ([, word = '']) => [word.toLowerCase(), `${words.replaceAll('**', '')}: ${meaning}`] as const,
      ),
    ),
  )
}
