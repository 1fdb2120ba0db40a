/** Checks the format that a source declares. */
import type { Column } from '../../declare/columns.ts'
import type { Source } from '../../declare/definition.ts'
import {
  type CsvFormat,
  DEFAULT_PATTERNS,
  type TextLinesFormat,
  type TextValues,
} from '../../declare/format/file-format.ts'
import { groupNames } from '../../declare/format/group-names.ts'
import { readRecordPath } from '../../declare/format/record-path.ts'
import { ownKey } from '../../declare/reading/value-place.ts'
import { isNested } from '../../expression/value-type.ts'
import type { Report } from '../problem.ts'

/** `columns` are the declared columns whose type is known. */
export function checkFormat(source: Source, columns: readonly Column[], report: Report): void {
  const { format, maxUnpackedBytes } = source
  if (!(Number.isSafeInteger(maxUnpackedBytes) && maxUnpackedBytes > 0)) {
    report(`maxUnpackedBytes is ${maxUnpackedBytes}`, 'give a number of bytes, such as 10 * 2 ** 30')
  }
  switch (format.kind) {
    case 'json-lines':
      return
    case 'json-documents':
      if (!readRecordPath(format.records)) {
        report(
          `records: ${JSON.stringify(format.records)} is not a path to records`,
          "give a path such as '$', '$[*]' or '$.Records[*]'",
        )
      }
      return
    case 'csv':
      checkCsv(format, report)
      checkFields('csv()', columns, report)
      return
    case 'text-lines':
      checkPattern(columns, format, report)
      checkFields('textLines()', columns, report)
      return
    case 'parquet':
      checkTimes('parquet()', columns, report)
      return
    case 'delta':
      checkTimes('delta()', columns, report)
      checkTable(source, columns, report)
  }
}

/** Reports settings without a meaning for a Delta table, whose log names the files. */
function checkTable({ pattern }: Source, columns: readonly Column[], report: Report): void {
  if (pattern !== DEFAULT_PATTERNS.delta) {
    report(`the pattern ${JSON.stringify(pattern)} has no meaning in delta()`, 'leave it out: the log names the files')
  }
  const placed = columns.filter(({ name, place = ownKey(name) }) => place.kind !== 'key')
  for (const { name } of placed) {
    report(
      `the column ${name} is taken from the path, which has no meaning in delta()`,
      'take the partition column by its name: its values are in the log',
    )
  }
}

/** The name of the field that a column takes; undefined for a column of the path. */
const fieldName = ({ name, place = ownKey(name) }: Column): string | undefined =>
  place.kind === 'key' ? place.keys[0] : undefined

/** Reports columns that need more than the text of one field. */
function checkFields(format: string, columns: readonly Column[], report: Report): void {
  for (const { name, type, place, format: written } of columns) {
    const isWithin = place?.kind === 'key' && place.keys.length > 1
    if (!isWithin && !isNested(type) && written?.kind !== 'json') continue
    report(
      `the column ${name} needs a value of JSON, and a record of ${format} has only texts`,
      'declare a scalar type such as text(), from the name of a field',
    )
  }
}

/** Reports times that are written as text, which files of typed values never contain. */
function checkTimes(format: string, columns: readonly Column[], report: Report): void {
  for (const { name, place = ownKey(name), format: written } of columns) {
    if (place.kind !== 'key' || written?.kind !== 'time' || !('pattern' in written.time)) continue
    report(
      `the column ${name} has a pattern, and ${format} has times that are no text`,
      "leave the pattern out, or declare text() if the files have text; give a zone to times that have none: timestamp({ zone: 'UTC' })",
    )
  }
}

function checkCsv(format: CsvFormat, report: Report): void {
  const { delimiter, quote } = format
  for (const [name, character] of Object.entries({ delimiter, quote, escape: format.escape })) {
    if (character !== undefined && !/^[\t\x20-\x7e]$/.test(character)) {
      report(`the ${name} of csv() is ${JSON.stringify(character)}`, 'give one character of ASCII')
    }
  }
  if (delimiter === quote || delimiter === format.escape) {
    report(`the delimiter of csv() is also its quote or escape: ${delimiter}`, 'give another character')
  }
  if (quote === undefined && format.escape !== undefined && !format.escapeUnquoted)
    report('csv() has an escape and no quote', 'leave the escape out, or declare escapeUnquoted: true')
  if (format.escapeUnquoted && format.escape === quote)
    report('escapeUnquoted needs an escape that is not the quote', "declare one, such as escape: '\\\\'")
  checkComment(format.comment, report)
  checkTexts(format, report)
}

function checkPattern(columns: readonly Column[], format: TextLinesFormat, report: Report): void {
  const names = groupNames(format)
  if (!names) {
    report(`the pattern of textLines() is not a regular expression: ${format.pattern}`, 'correct the pattern')
    return
  }
  if (/[gmy]/.test(format.flags)) {
    report(`the pattern of textLines() has the flags ${format.flags}`, 'use no flags but i, s, u and v')
  }
  const missing = columns.map(fieldName).filter((name) => name !== undefined && !names.includes(name))
  if (missing.length > 0) {
    report(
      `the pattern of textLines() has no group named ${missing.join(', ')}`,
      `name a group for each column: (?<${missing[0]}>...)`,
    )
  }
  checkComment(format.comment, report)
  checkTexts(format, report)
}

function checkComment(comment: string | undefined, report: Report): void {
  if (comment !== undefined && !/^[\x21-\x7e]+$/.test(comment)) {
    report(`comment is ${JSON.stringify(comment)}`, "give what a comment begins with, such as '#'")
  }
}

function checkTexts(values: TextValues, report: Report): void {
  const { trueTexts, falseTexts, nullTexts, decimalPoint, thousands } = values
  if (thousands !== undefined && (thousands === decimalPoint || !/^[^\d+eE-]$/u.test(thousands))) {
    report(
      `thousands is ${JSON.stringify(thousands)}, and decimalPoint ${JSON.stringify(decimalPoint)}`,
      "give two different characters: { decimalPoint: ',', thousands: '.' }",
    )
  }
  const twice = [...trueTexts, ...falseTexts].find((text) => nullTexts.includes(text))
  const both = trueTexts.find((text) => falseTexts.includes(text))
  const text = twice ?? both
  if (text !== undefined) report(`${JSON.stringify(text)} stands for two values`, 'let it stand for only one')
}
