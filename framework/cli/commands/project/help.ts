/** Runs `lake help`: explains a command, a guide or a word of the glossary. */
import { closest, distance } from 'fastest-levenshtein'
import { LakeError } from '../../../errors.ts'
import type { CommandContext, ExitStatus } from '../../context.ts'
import { glossaryWords, mentionsIn, titleOf, topics, topicText } from '../../package/topics.ts'
import { toJson } from '../../terminal.ts'

interface HelpValues {
  /** The words of a command, or of a topic. Empty for the list. */
  readonly topic: readonly string[]
}

export async function helpCommand(context: CommandContext, { topic }: HelpValues): Promise<ExitStatus> {
  const { flags, terminal } = context
  const name = topic.join(' ')
  const text =
    topic.length === 0 ? `${context.helpOf([]) ?? ''}\n${await topicList()}` : await explained(context, topic)
  if (text === undefined) throw unknownTopic(name)
  if (flags.json) terminal.out(toJson({ topic: name, text }))
  else terminal.data(text)
  return 0
}

/** A word can name a command, a guide (`dbt`: `from-dbt`) and a word of the glossary at once. */
async function explained({ helpOf }: CommandContext, words: readonly string[]): Promise<string | undefined> {
  const name = words.join('-')
  const document = topics().get(name) ?? topics().get(`from-${name}`)
  const texts = [
    helpOf(words),
    document && (await topicText(document)),
    glossaryWords().get(words.join(' ').toLowerCase()),
  ]
  const found = texts.flatMap((text) => (text === undefined ? [] : [text.trimEnd()]))
  return found.length === 0 ? mentions(words.join(' ')) : found.join('\n\n')
}

/** Maximum number of lines of a topic that are shown. */
const MENTIONS_SHOWN = 4

/** The lines of topics that mention a name in code, such as an option of a declaration. */
async function mentions(name: string): Promise<string | undefined> {
  const parts = (await topicTexts()).flatMap(([topic, text]) => {
    const lines = mentionsIn(text, name)
    if (lines.length === 0) return []
    return [`\`lake help ${topic}\`:`, ...lines.slice(0, MENTIONS_SHOWN).map((line) => `  ${line}`)]
  })
  return parts.length === 0 ? undefined : [`${name} is part of:`, ...parts, ''].join('\n')
}

const topicTexts = (): Promise<readonly (readonly [topic: string, text: string])[]> =>
  Promise.all([...topics()].map(async ([topic, document]) => [topic, await topicText(document)] as const))

async function topicList(): Promise<string> {
  const named = await topicTexts()
  const width = Math.max(...named.map(([name]) => name.length))
  const lines = named.map(([name, text]) => `  ${name.padEnd(width)}  ${titleOf(text) ?? ''}`)
  return `Topics of lake help TOPIC, which also explains each word of the glossary:\n${lines.join('\n')}\n`
}

function unknownTopic(name: string): LakeError {
  const known = [...topics().keys(), ...glossaryWords().keys()]
  const near = closest(name.toLowerCase(), known)
  const isNear = distance(name.toLowerCase(), near) <= Math.max(1, Math.min(3, name.length - 2))
  return new LakeError('usage', {
    problem: `${JSON.stringify(name)} is no command, no topic and no word of the glossary`,
    remedy: isNear ? `Did you mean \`lake help ${near}\`?` : '`lake help` lists the topics.',
  })
}
