/** Writes docs/reference/events.md from the types of events and errors. */
import { type ErrorCode, exitStatus } from '../../../framework/errors.ts'
import { type Block, cell, declaredBlocks, row } from './documented.ts'

const INTRODUCTION = `# Events

This page is generated from the code by \`npm run docs\`. \`lake materialize --json\` prints these events,
one JSON object a line, and \`lake run ID --json\` prints those of a past run. The last event is
\`run-finished\`. \`at\` is a moment in ISO 8601, UTC. Fields may be added; none is removed, renamed or
retyped.
`

const TYPES = `## Types in events

Outcomes: \`materialized\` (new rows), \`unchanged\` (it ran, and its rows are the same: it adds a
version only to record something else that is new, such as its inputs), \`fresh\` (it
never ran), \`failed\`, \`skipped\`, \`canceled\`. Modes of a step: \`ingest\` reads new and changed files of a
source; \`full\` rebuilds a table; \`keys\` and \`partitions\` replace what the deltas of its upstreams
affect; \`check\` runs checks over current rows; \`rename\` moves a table to its current key.
`

/** Types that several events use. The document shows them next to the events. */
const SHARED = ['AssetResult', 'AffectedSummary', 'KeptFiles']

export function eventsDocument(): string {
  const events = interfaces('framework/run/events.ts')
  const ofEvents = events.filter(({ members }) => members.some(({ name }) => name === 'type'))
  const shared = events.filter((block) => SHARED.includes(nameOf(block)))
  return [
    INTRODUCTION,
    ...ofEvents.map((block) => section(typeOf(block, 'type'), block)),
    TYPES,
    ...shared.map((block) => section(nameOf(block), block, '###')),
    ...interfaces('framework/plan/step-document.ts')
      .slice(0, 1)
      .map((block) => section(nameOf(block), block, '###')),
    ...interfaces('framework/run/error-report.ts').map((block) => section(nameOf(block), block, '###')),
    CAUSES,
    ...interfaces('framework/observe/cause.ts').map((block) => section(typeOf(block, 'kind'), block, '###')),
    `## Codes of errors\n\n| code | exit status |\n|---|---|\n${codes()
      .map((code) => row(`\`${code}\``, String(exitStatus(code))))
      .join('\n')}\n`,
  ].join('\n')
}

const CAUSES = `## Causes

Why an asset is stale, or why a step runs. \`kind\` names the cause, and \`message\` says it in words.
`

const interfaces = (file: string): readonly Block[] =>
  declaredBlocks(file).filter(({ head }) => head.startsWith('export interface'))

const nameOf = ({ head }: Block): string => head.replace(/^export interface (\w+).*$/, '$1')

/** The literal that distinguishes the block from others, such as `'run-started'`. */
function typeOf({ members, head }: Block, field: string): string {
  const found = members.find(({ name }) => name === field)
  if (!found) throw new Error(`${head} has no ${field}`)
  return found.is.replaceAll("'", '')
}

function section(title: string, { head, doc, members }: Block, level = '##'): string {
  const also = / extends (\w+)$/.exec(head)?.[1]
  const fields = members.map(({ name, optional, is, doc: about }) =>
    row(`\`${name}\`${optional ? ' (can be missing)' : ''}`, `\`${is}\``, about),
  )
  const more = also ? `\nIt also has the fields of ${also}.\n` : ''
  return `${level} \`${title}\`\n\n${doc ? `${cell(doc)}\n\n` : ''}| field | type | meaning |\n|---|---|---|\n${fields.join('\n')}\n${more}`
}

function codes(): readonly ErrorCode[] {
  return [...exitStatus.toString().matchAll(/case ['"]([a-z-]+)['"]/g)].map(([, code]) => code as ErrorCode)
}
