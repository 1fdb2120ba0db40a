/**
 * Writes docs/reference/configuration.md from the schema of the config and the docstrings beside
 * it.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { configSchema } from '../../../framework/declare/project.ts'
import { durationSchema } from '../../../framework/declare/runs/duration.ts'
import { settingSchema } from '../../../framework/declare/runs/environment.ts'
import { type Block, declaredBlocks, type Member, ROOT, row } from './documented.ts'

const INTRODUCTION = `# Configuration

This page is generated from the code by \`npm run docs\`. \`config/lake.config.ts\` exports what
\`defineConfig\` returns. Flags of the command line override a profile. A field that is not listed here
is an error.
`

const DECLARATIONS = `# Declarations

The options of \`defineSource\` and \`defineAsset\`, beside \`key\` and \`columns\`. Types, checks and queries
are in [your first asset](../guides/start/your-first-asset.md), functions in [expressions](../expressions.md).
`

type Fields = Readonly<Record<string, z.core.$ZodType>>

interface Section {
  readonly title: string
  readonly fields: Fields
}

export function configurationDocument(): string {
  const blocks = declarationBlocks()
  const sections = sectionsOf('', configSchema)
  return [
    INTRODUCTION,
    ...sections.map(({ title, fields }) => `${heading(title)}${table(fields, docsOf(fields, blocks))}`),
    DECLARATIONS,
    ...OPTIONS.map((documented) => options(documented, blocks)),
  ].join('\n')
}

const heading = (title: string): string => (title === '' ? '' : `## \`${title}\`\n\n`)

function declarationBlocks(): readonly Block[] {
  const folder = 'framework/declare'
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).toSorted()
  return files.filter((file) => file.endsWith('.ts')).flatMap((file) => declaredBlocks(join(folder, file)))
}

interface DocumentedOptions {
  readonly of: string
  /** The interfaces that declare the options, in their order. */
  readonly interfaces: readonly string[]
}

const OPTIONS: readonly DocumentedOptions[] = [
  { of: 'a source', interfaces: ['AssetOptions', 'AnySourceOptions', 'Expectations'] },
  { of: 'a source of files, beside those', interfaces: ['SourceOptions'] },
  { of: 'a source from code, beside those of a source', interfaces: ['RowsOptions'] },
  { of: 'a table', interfaces: ['AssetOptions', 'TableOptions', 'Expectations'] },
]

function options({ of, interfaces }: DocumentedOptions, blocks: readonly Block[]): string {
  const members = interfaces.flatMap((name) => {
    const block = blocks.find(({ head }) => new RegExp(`interface ${name}\\b`).test(head))
    if (!block) throw new Error(`there is no ${name}`)
    // An option of type `undefined` is forbidden, so the document leaves it out.
    return block.members.filter(({ is }) => is !== 'undefined')
  })
  const rows = members.map(({ name: field, optional, is, doc }) =>
    row(`\`${field}\`${optional ? '' : ', required'}`, `\`${is.replaceAll('keyof Columns & string', 'column')}\``, doc),
  )
  return `## Options of ${of}\n\n| option | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

/** The object itself, and then the objects in its fields, at any depth. */
function sectionsOf(title: string, schema: z.core.$ZodType): readonly Section[] {
  return objectsIn(schema).flatMap(({ path, object }) => {
    const fields = object._zod.def.shape as Fields
    const name = `${title}${path}`
    const kind = literalOf(fields.kind)
    return [
      { title: kind ? `${name} of kind ${kind}` : name, fields },
      ...Object.entries(fields).flatMap(([field, value]) =>
        sectionsOf(name === '' ? field : `${name}.${field}`, value),
      ),
    ]
  })
}

interface FoundObject {
  readonly path: string
  readonly object: z.core.$ZodObject
}

/**
 * The objects that a value of the schema is or contains. Each has its path, such as `.NAME` or
 * `[]`.
 */
function objectsIn(schema: z.core.$ZodType): readonly FoundObject[] {
  if (schema === (settingSchema as z.core.$ZodType)) return []
  const inner = (path: string, part: z.core.$ZodType) =>
    objectsIn(part).map((found) => ({ ...found, path: `${path}${found.path}` }))
  if (schema instanceof z.core.$ZodObject) return [{ path: '', object: schema }]
  if (schema instanceof z.core.$ZodOptional) return inner('', schema._zod.def.innerType)
  if (schema instanceof z.core.$ZodArray) return inner('[]', schema._zod.def.element)
  if (schema instanceof z.core.$ZodRecord) return inner('.NAME', schema._zod.def.valueType)
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap((option) => inner('', option))
  return []
}

function literalOf(schema: z.core.$ZodType | undefined): string | undefined {
  return schema instanceof z.core.$ZodLiteral ? schema._zod.def.values.map((value) => `'${value}'`).join() : undefined
}

const table = (fields: Fields, docs: ReadonlyMap<string, string>): string =>
  [
    '| field | value | meaning |',
    '|---|---|---|',
    ...Object.entries(fields).map(([name, schema]) => {
      const optional = schema instanceof z.core.$ZodOptional
      return row(`\`${name}\`${optional ? '' : ', required'}`, shownValue(schema), docs.get(name) ?? '')
    }),
    '',
  ].join('\n')

/**
 * The first lines of blocks that declare schemas, and of the two types whose schema has no
 * docstrings.
 */
const OF_CONFIG = /strictObject|extend|^const common|ProjectConfig|HookFunctions/

/**
 * The docstrings of the members that declare these fields. The block with the most members comes
 * first.
 */
function docsOf(fields: Fields, blocks: readonly Block[]): ReadonlyMap<string, string> {
  const own = blocks.filter(
    ({ head, members }) => OF_CONFIG.test(head) && members.every(({ name }) => Object.hasOwn(fields, name)),
  )
  const documented: readonly Member[] = own
    .toSorted((one, other) => one.members.length - other.members.length)
    .flatMap(({ members }) => members.filter(({ doc }) => doc !== ''))
  return new Map(documented.map(({ name, doc }) => [name, doc]))
}

function shownValue(schema: z.core.$ZodType): string {
  if (schema === (durationSchema as z.core.$ZodType)) return 'a duration such as `30m`'
  if (schema === (settingSchema as z.core.$ZodType)) return "text or `env('NAME')`"
  if (schema instanceof z.core.$ZodOptional) return shownValue(schema._zod.def.innerType)
  if (schema instanceof z.core.$ZodEnum) return Object.values(schema._zod.def.entries).map(code).join(', ')
  if (schema instanceof z.core.$ZodLiteral) return schema._zod.def.values.map(code).join(', ')
  if (schema instanceof z.core.$ZodArray) return `list of ${shownValue(schema._zod.def.element)}`
  if (schema instanceof z.core.$ZodRecord) return `name -> ${shownValue(schema._zod.def.valueType)}`
  if (schema instanceof z.core.$ZodUnion) return [...new Set(schema._zod.def.options.map(shownValue))].join(' or ')
  if (schema instanceof z.core.$ZodNumber) return 'number'
  if (schema instanceof z.core.$ZodBoolean) return '`true`, `false`'
  if (schema instanceof z.core.$ZodString) return 'text'
  if (schema instanceof z.core.$ZodObject) return 'object, below'
  return 'code'
}

const code = (value: unknown): string => `\`'${value}'\``
