import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { JOB_SCHEMAS } from '../../../framework/engines/spark/protocol/job-spec.ts'

export const JOB_TYPES = fileURLToPath(new URL('../../../framework/engines/spark/job/job_types.py', import.meta.url))

type JsonSchema = Readonly<Record<string, unknown>>

/** The Python types of what the coordinator and the job say to each other, as the zod schemas have them. */
export function jobTypes(): string {
  const named = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(JOB_SCHEMAS)) named.add(schema, { id })
  const { schemas } = z.toJSONSchema(named, { uri: (id) => id, target: 'draft-2020-12' })
  const all = Object.entries(schemas) as readonly (readonly [string, JsonSchema])[]
  const classes = all.filter(([, schema]) => isClass(schema)).map(([name, schema]) => classText(name, schema))
  const aliases = all.filter(([, schema]) => !isClass(schema)).map(([name, schema]) => `${name} = ${typeText(schema)}`)
  return `${HEAD}\n${classes.join('\n\n')}\n\n${aliases.join('\n')}\n`
}

const HEAD = `"""What the coordinator and the job say to each other. Made from job-spec.ts by \`npm run spark:types\`."""

from typing import Any, Dict, List, Literal, TypedDict, Union

`

const isClass = ({ type, properties }: JsonSchema): boolean => type === 'object' && properties !== undefined

/** In the functional form, in which a key may be a word of Python. */
function classText(name: string, { properties }: JsonSchema): string {
  const fields = Object.entries(properties as Readonly<Record<string, JsonSchema>>)
  const lines = fields.map(([field, schema]) => `    ${JSON.stringify(field)}: ${quotedReferences(typeText(schema))},`)
  return `${name} = TypedDict("${name}", {\n${lines.join('\n')}\n})`
}

/** Names stand before what they name: within a class they are text, which is looked up when it is asked for. */
const quotedReferences = (text: string): string => text.replace(/\b[A-Z]\w+\b(?!\[)(?<!Any|Literal)/g, '"$&"')

const unionOf = (types: readonly string[]): string =>
  types.length === 1 ? `${types[0]}` : `Union[${[...new Set(types)].join(', ')}]`

function typeText(schema: JsonSchema): string {
  if (typeof schema.$ref === 'string') return schema.$ref
  if (schema.const !== undefined) return `Literal[${JSON.stringify(schema.const)}]`
  if (Array.isArray(schema.enum)) return `Literal[${schema.enum.map((one) => JSON.stringify(one)).join(', ')}]`
  const choices = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined
  if (choices) return unionOf(choices.map(typeText))
  if (Array.isArray(schema.type)) return unionOf(schema.type.map((type) => typeText({ type })))
  switch (schema.type) {
    case 'string':
      return 'str'
    case 'integer':
      return 'int'
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    case 'null':
      return 'None'
    case 'array':
      return `List[${typeText(schema.items as JsonSchema)}]`
    case 'object':
      return `Dict[str, ${schema.properties ? 'Any' : typeText((schema.additionalProperties ?? {}) as JsonSchema)}]`
    case undefined:
      return 'Any'
    default:
      throw new Error(`no Python type is known for ${JSON.stringify(schema)}`)
  }
}
