/** Chooses the Parquet schema of a checkpoint from PROTOCOL.md and the log's own fields. */
import type { SchemaElement } from 'hyparquet'
import { type Fields, isFields } from '../fields.ts'

/** The type of a checkpoint's field. Every field is optional, as in Spark's checkpoints. */
export type Shape =
  | { readonly kind: 'text' | 'long' | 'int' | 'double' | 'boolean' | 'textMap' }
  | { readonly kind: 'list'; readonly of: Shape }
  | Group

export interface Group {
  readonly kind: 'group'
  readonly fields: Shapes
}

type Shapes = Readonly<Record<string, Shape>>

const text: Shape = { kind: 'text' }
const long: Shape = { kind: 'long' }
const int: Shape = { kind: 'int' }
const boolean: Shape = { kind: 'boolean' }
const textMap: Shape = { kind: 'textMap' }
const texts: Shape = { kind: 'list', of: text }
const group = (fields: Shapes): Group => ({ kind: 'group', fields })

/**
 * The fields of every checkpoint (PROTOCOL.md, "Checkpoint Schema"). Each row sets one of the
 * columns.
 */
const ALWAYS: Readonly<Record<string, Shapes>> = {
  txn: { appId: text, version: long, lastUpdated: long },
  add: {
    ...{ path: text, partitionValues: textMap, size: long, modificationTime: long, dataChange: boolean },
    ...{ tags: textMap, stats: text },
  },
  remove: {
    ...{ path: text, deletionTimestamp: long, dataChange: boolean, extendedFileMetadata: boolean },
    ...{ partitionValues: textMap, size: long },
  },
  metaData: {
    ...{ id: text, name: text, description: text, format: group({ provider: text, options: textMap }) },
    ...{ schemaString: text, partitionColumns: texts, configuration: textMap, createdTime: long },
  },
  protocol: { minReaderVersion: int, minWriterVersion: int },
}

const deletionVector = group({
  ...{ storageType: text, pathOrInlineDv: text, offset: int, sizeInBytes: int, cardinality: long },
})
const featureFields: Shapes = {
  deletionVector,
  baseRowId: long,
  defaultRowCommitVersion: long,
  clusteringProvider: text,
}

/** Further fields that PROTOCOL.md lists. Only tables of other writers have them. */
const SOMETIMES: Readonly<Record<string, Shapes>> = {
  add: featureFields,
  remove: { ...featureFields, stats: text, tags: textMap },
  protocol: { readerFeatures: texts, writerFeatures: texts },
  domainMetadata: { domain: text, configuration: text, removed: boolean },
}

export const COLUMNS = ['txn', 'add', 'remove', 'metaData', 'protocol', 'domainMetadata'] as const

/**
 * The columns of a checkpoint with these rows. Leaves out a field that no row has, unless every
 * checkpoint has it.
 */
export function columnShapes(rows: readonly Fields[]): ReadonlyMap<string, Group> {
  const shapes = new Map<string, Group>()
  for (const column of COLUMNS) {
    const values = rows.flatMap((row) => (isFields(row[column]) ? [row[column]] : []))
    const always = ALWAYS[column]
    if (!always && values.length === 0) continue
    const found = shapesOf(values, { ...always, ...SOMETIMES[column] })
    shapes.set(column, group({ ...always, ...found }))
  }
  return shapes
}

/** The shapes of all fields of the values: from `known`, or inferred. */
function shapesOf(values: readonly Fields[], known: Shapes): Shapes {
  const found = new Map<string, Shape>()
  const others = new Map<string, unknown[]>()
  for (const value of values) {
    for (const [name, part] of Object.entries(value)) {
      if (part === null || part === undefined) continue
      const shape = known[name]
      if (shape) {
        found.set(name, shape)
        continue
      }
      const parts = others.get(name) ?? []
      parts.push(part)
      others.set(name, parts)
    }
  }
  for (const [name, parts] of others) found.set(name, inferred(parts))
  return Object.fromEntries(found)
}

/** A shape for all of the values. If Parquet has none, they become JSON text. */
function inferred(values: readonly unknown[]): Shape {
  if (values.every((value) => typeof value === 'boolean')) return boolean
  if (values.every((value) => Number.isSafeInteger(value))) return long
  if (values.every((value) => typeof value === 'number')) return { kind: 'double' }
  const items = values.flatMap((value) => (Array.isArray(value) ? value : []))
  if (values.every(Array.isArray) && items.length > 0) return { kind: 'list', of: inferred(items) }
  if (values.every(isFields)) {
    const fields = shapesOf(values, {})
    if (Object.keys(fields).length > 0) return group(fields)
  }
  return text
}

/** The value as hyparquet-writer expects it: a bigint for 64-bit columns. */
export function shaped(value: unknown, shape: Shape): unknown {
  if (value === null || value === undefined) return value
  switch (shape.kind) {
    case 'long':
      return BigInt(Number(value))
    case 'text':
      return typeof value === 'string' ? value : JSON.stringify(value)
    case 'int':
    case 'double':
    case 'boolean':
    case 'textMap':
      return value
    case 'list':
      return Array.isArray(value) ? value.map((item) => shaped(item, shape.of)) : value
    case 'group': {
      const fields = isFields(value) ? value : {}
      return Object.fromEntries(Object.entries(shape.fields).map(([name, part]) => [name, shaped(fields[name], part)]))
    }
  }
}

/** The elements of the Parquet schema for a field. */
export function schemaOf(name: string, shape: Shape): readonly SchemaElement[] {
  switch (shape.kind) {
    case 'text':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }]
    case 'long':
      return [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }]
    case 'int':
      return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }]
    case 'double':
      return [{ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' }]
    case 'boolean':
      return [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }]
    case 'textMap':
      return [
        { name, converted_type: 'MAP', repetition_type: 'OPTIONAL', num_children: 1 },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        ...schemaOf('value', text),
      ]
    case 'list':
      return [
        { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...schemaOf('element', shape.of),
      ]
    case 'group': {
      const children = Object.entries(shape.fields)
      return [
        { name, repetition_type: 'OPTIONAL', num_children: children.length },
        ...children.flatMap(([child, part]) => schemaOf(child, part)),
      ]
    }
  }
}
