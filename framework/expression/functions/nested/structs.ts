/** Functions that build structs and give their fields. */
import { refused } from '../../../refusal.ts'
import { constantText } from '../../constant.ts'
import type { Expression } from '../../expression.ts'
import type { ResultType, ScalarFunction } from '../../function.ts'
import { ANY_KIND, FIELD_NAME, type StructField } from '../../value-type.ts'
import { fieldSql, structSql } from './nested-sql.ts'

/** The field that the call `fn.field(struct, name)` gives. */
function fieldOf([struct, name]: readonly Expression[]): StructField | undefined {
  return struct?.type.kind === 'struct' ? struct.type.fields.find((one) => one.name === constantText(name)) : undefined
}

function fieldType(args: readonly Expression[]): ResultType {
  const [struct, name] = args
  if (struct?.type.kind !== 'struct')
    return refused('null where a struct is needed', 'give a column or an expression that is a struct')
  const names = struct.type.fields.map((field) => field.name)
  return (
    fieldOf(args)?.type ??
    refused(`the struct has no field ${constantText(name)}`, `its fields are ${names.slice(0, 20).join(', ')}`)
  )
}

/** The fields of `fn.struct`, whose arguments are names and values in turn. */
function pairsOf(args: readonly Expression[]) {
  return args.flatMap((value, index) => (index % 2 === 1 ? [{ name: constantText(args[index - 1]) ?? '', value }] : []))
}

function structType(args: readonly Expression[]): ResultType {
  const pairs = pairsOf(args)
  const wrong = pairs.find(({ name }) => !FIELD_NAME.test(name))
  if (wrong) {
    return refused(
      `${JSON.stringify(wrong.name)} cannot name a field`,
      'use letters, digits and underscores, no digit first, at most 100 characters',
    )
  }
  const twin = pairs.find(({ name }, index) =>
    pairs.slice(0, index).some((other) => other.name.toLowerCase() === name.toLowerCase()),
  )
  if (twin) return refused(`two fields are called ${twin.name}`, 'rename one of them; case does not count')
  return {
    kind: 'struct',
    fields: pairs.map(({ name, value }) => ({ name, type: value.type, nullable: value.nullable })),
  }
}

export const STRUCTS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'struct',
    parameters: [
      { name: 'name', kinds: ['text'], constant: true },
      { name: 'value', kinds: ANY_KIND, rest: true },
    ],
    result: structType,
    nulls: 'never',
    meaning: 'A struct with these fields: `fn.struct({ name: value, ... })`.',
    sql: (args, _, { given, dialect }) => {
      const values = pairsOf(given).map(({ name }, index) => [name, args[2 * index + 1] ?? ''] as const)
      return structSql(values, dialect.name)
    },
  },
  {
    kind: 'scalar',
    name: 'field',
    parameters: [
      { name: 'struct', kinds: ['struct'] },
      { name: 'name', kinds: ['text'], constant: true },
    ],
    result: fieldType,
    nulls: (args) => args[0]?.nullable !== false || fieldOf(args)?.nullable !== false,
    meaning: 'The field of the struct; null if the struct is null.',
    sql: ([struct = ''], _, { given, dialect }) => fieldSql(struct, constantText(given[1]) ?? '', dialect.name),
  },
]
