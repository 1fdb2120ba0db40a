/** Types the texts of a record, and writes them as the JSON members of a row. */
import { Buffer } from 'node:buffer'
import type { TextValues } from '../../declare/format/file-format.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import type { ValueParser } from '../lines/parse-value.ts'
import { columnParser } from '../lines/value-refinements.ts'
import type { RecordFields } from './record-sink.ts'
import { jsonOfText } from './text-value.ts'

const FIRST_ROW_BYTES = 64 * 1024
/** Maximum number of bytes of a UTF-16 code unit in UTF-8. */
const MAX_UNIT_BYTES = 3

interface TextColumn {
  readonly column: LineColumn
  /** What is before its value in the row, such as `,"key":`. */
  readonly member: string
  readonly certain: CertainValues | undefined
  readonly read: ValueParser
  /** Its index among the fields; undefined if no field has its name. */
  index: number | undefined
}

/** Makes one row after another. `row` contains the last one, up to `end`. */
export class TextRows {
  row = Buffer.allocUnsafe(FIRST_ROW_BYTES)
  end = 0
  readonly #columns: readonly TextColumn[]
  readonly #values: TextValues

  constructor(columns: readonly LineColumn[], values: TextValues) {
    this.#values = values
    this.#columns = columns.map((column, index) => ({
      column,
      member: `${index === 0 ? '' : ','}${JSON.stringify(column.packed)}:`,
      certain: certainValues(column),
      read: columnParser(column),
      index: undefined,
    }))
  }

  nameFields(names: readonly string[]): void {
    for (const one of this.#columns) {
      const index = names.indexOf(one.column.keys[0])
      one.index = index < 0 ? undefined : index
    }
  }

  /** Writes the row. Returns why the fields are no row; undefined if they are one. */
  write(fields: RecordFields): string | undefined {
    let row = ''
    for (const column of this.#columns) {
      const value = this.#value(fields, column)
      if ('wrong' in value) return value.wrong
      row += column.member + value.json
    }
    const text = `${row}}`
    const most = MAX_UNIT_BYTES * text.length
    if (this.row.length < most) this.row = Buffer.allocUnsafe(2 * most)
    this.end = this.row.write(text)
    return undefined
  }

  #value(fields: RecordFields, { column, read, certain, index }: TextColumn): ReturnType<ValueParser> {
    const { name, nullable, emptyIsNull, type } = column
    const text = index === undefined ? undefined : fields.text(index)
    const canBeNull = type.kind !== 'text' || index === undefined || !fields.isQuoted(index)
    const isNull =
      text === undefined || (canBeNull && this.#values.nullTexts.includes(text)) || (emptyIsNull && text === '')
    if (isNull) return nullable ? { json: 'null' } : { wrong: `${name} is ${index === undefined ? 'missing' : 'null'}` }
    if (certain?.test(text)) return { json: type.kind === 'text' ? JSON.stringify(text) : text }
    const value = read(jsonOfText(text, column, this.#values))
    return 'wrong' in value ? { wrong: `${name}: ${value.wrong}` } : value
  }
}

/** Finds out whether a text is certainly a value of a type. */
interface CertainValues {
  test(text: string): boolean
}

// Each of them is in the type's range, and is written as JSON writes it.
const SHORT_INT: CertainValues = /^(?:0|-?[1-9]\d{0,8})$/
const SHORT_BIGINT: CertainValues = /^(?:0|-?[1-9]\d{0,17})$/
const ANY_TEXT: CertainValues = { test: () => true }

/** Undefined if the parser of the column decides about every text. */
function certainValues({ type, format, refinements }: LineColumn): CertainValues | undefined {
  if (format || refinements.length > 0) return undefined
  switch (type.kind) {
    case 'text':
      return ANY_TEXT
    case 'int':
      return SHORT_INT
    case 'bigint':
      return SHORT_BIGINT
    default:
      return undefined
  }
}
