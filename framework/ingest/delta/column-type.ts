/** Translates the types of a Delta table's columns to the types of files. */
import type { OutsideColumn, OutsideType } from '../../delta/outside/outside-schema.ts'
import type { FileField, FileType } from '../parquet/file-type.ts'

const PLAIN: ReadonlyMap<string, FileType> = new Map<string, FileType>([
  ['string', { kind: 'text' }],
  ['byte', { kind: 'integer', bits: 8, isSigned: true }],
  ['short', { kind: 'integer', bits: 16, isSigned: true }],
  ['integer', { kind: 'integer', bits: 32, isSigned: true }],
  ['long', { kind: 'integer', bits: 64, isSigned: true }],
  ['float', { kind: 'float' }],
  ['double', { kind: 'double' }],
  ['boolean', { kind: 'boolean' }],
  ['date', { kind: 'date' }],
  ['binary', { kind: 'binary' }],
  ['timestamp', { kind: 'timestamp', isMoment: true }],
  ['timestamp_ntz', { kind: 'timestamp', isMoment: false }],
  ['void', { kind: 'null' }],
])

/** The type as data files have it. */
export function columnType(type: OutsideType): FileType {
  switch (type.kind) {
    case 'plain':
      return PLAIN.get(type.name) ?? decimalType(type.name) ?? { kind: 'other', words: type.name }
    case 'struct':
      return { kind: 'struct', fields: type.columns.map(columnField) }
    case 'array':
      return { kind: 'list', element: partField('element', type.element, type.nullable) }
    case 'map':
      return {
        kind: 'map',
        key: partField('key', type.key, false),
        value: partField('value', type.value, type.nullable),
      }
  }
}

/** The column as data files have it, under its name and its id there. */
export const columnField = ({ physicalName, id, type, nullable }: OutsideColumn): FileField => ({
  ...partField(physicalName, type, nullable),
  ...(id !== undefined && { id }),
})

const partField = (name: string, type: OutsideType, nullable: boolean): FileField => ({
  name,
  type: columnType(type),
  nullable,
})

function decimalType(name: string): FileType | undefined {
  const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(name) ?? []
  return precision === undefined ? undefined : { kind: 'decimal', precision: Number(precision), scale: Number(scale) }
}

const WHOLE = /^[+-]?\d+$/
/** The formats of a partition's time: the local time of a writer's clock, or UTC with Z. */
const TIME = /^\d{4,}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(Z?)$/
const DATE = /^\d{4,}-\d\d-\d\d$/

/**
 * The type of a partition value, by its column and its text. A time without a zone is the local
 * time of its writer's clock, even in a column of type `timestamp` (PROTOCOL.md, "Partition Value
 * Serialization"). Undefined if the text is not a value of the column's type.
 */
export function partitionType({ type }: OutsideColumn, text: string | null): FileType | undefined {
  if (text === null) return { kind: 'null' }
  const plain = columnType(type)
  switch (plain.kind) {
    case 'integer':
      return WHOLE.test(text) ? plain : undefined
    case 'date':
      return DATE.test(text) ? plain : undefined
    case 'boolean':
      return text === 'true' || text === 'false' ? plain : undefined
    case 'timestamp': {
      // The column had dates before. Delta can widen dates to times of a clock.
      if (!plain.isMoment && DATE.test(text)) return plain
      const [, zone] = TIME.exec(text) ?? []
      return zone === undefined ? undefined : { kind: 'timestamp', isMoment: zone === 'Z' }
    }
    case 'binary':
      // Some writers write escapes, as PROTOCOL.md says. Spark writes the bytes as if they were
      // UTF-8.
      return { kind: 'other', words: 'bytes as a partition value, which each writer writes differently' }
    default:
      return plain
  }
}
