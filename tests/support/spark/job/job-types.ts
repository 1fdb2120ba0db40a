/** Generates the Python types of the Spark job from the schemas of its specs. */
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { JOB_SCHEMAS } from '../../../../framework/engines/spark/protocol/schema/python-types.ts'

export const JOB_TYPES = fileURLToPath(
  new URL('../../../../framework/engines/spark/job/lake_job/protocol/job_types.py', import.meta.url),
)

type JsonSchema = Readonly<Record<string, unknown>>

/** The Python types of specs and results, as text. */
export function jobTypes(): string {
  const named = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(JOB_SCHEMAS)) named.add(schema, { id })
  const { schemas } = z.toJSONSchema(named, { uri: (id) => id, target: 'draft-2020-12' })
  const all = Object.entries(schemas) as readonly (readonly [string, JsonSchema])[]
  const classes = all.filter(([, schema]) => schema.properties).map(([name, schema]) => classText(name, schema))
  const aliases = all.filter(([, schema]) => !schema.properties).map(([name, schema]) => aliasText(name, schema))
  return `${HEAD}${classes.join('\n\n\n')}\n\n\n${aliases.join('\n')}\n`
}

const HEAD = `"""The JSON that the coordinator and the job exchange, made from protocol/schema/.

\`npm run spark:types\` writes this file.
"""

from __future__ import annotations

from typing import Literal, TypedDict, Union


`

/**
 * A class can name later classes, because Python does not evaluate annotations when it loads the
 * module.
 */
function classText(name: string, { properties, required }: JsonSchema): string {
  const fields = Object.entries(properties as Readonly<Record<string, JsonSchema>>).map(([field, schema]) => {
    if (!(required as readonly string[]).includes(field))
      throw new Error(`${name}.${field} is optional, which no type says`)
    return `    ${field}: ${typeText(schema)}`
  })
  return `class ${name}(TypedDict):\n${fields.join('\n')}`
}

/**
 * An alias cannot use `|`, because Python evaluates aliases, and before Python 3.10 it has no `|`
 * for types.
 */
function aliasText(name: string, schema: JsonSchema): string {
  const members = typeText(schema).split(' | ')
  if (members.length === 1) return `${name} = ${members[0]}`
  const text = `${name} = Union[${members.join(', ')}]`
  if (text.length <= 100) return text
  return `${name} = Union[\n${members.map((member) => `    ${member},\n`).join('')}]`
}

const unionOf = (types: readonly string[]): string => [...new Set(types)].join(' | ')

const literal = (values: readonly unknown[]): string =>
  `Literal[${values.map((one) => JSON.stringify(one)).join(', ')}]`

function typeText(schema: JsonSchema): string {
  if (typeof schema.$ref === 'string') return schema.$ref
  if (schema.const !== undefined) return literal([schema.const])
  if (Array.isArray(schema.enum)) return literal(schema.enum)
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
      if (schema.prefixItems) return `tuple[${(schema.prefixItems as readonly JsonSchema[]).map(typeText).join(', ')}]`
      return `list[${typeText(schema.items as JsonSchema)}]`
    case 'object':
      if (schema.properties) throw new Error(`no name in JOB_SCHEMAS for ${JSON.stringify(schema)}`)
      return `dict[str, ${typeText(schema.additionalProperties as JsonSchema)}]`
    case undefined:
      return 'object'
    default:
      throw new Error(`no Python type is known for ${JSON.stringify(schema)}`)
  }
}
