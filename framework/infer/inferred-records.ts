/** Turns records of any format into JSON objects, from which columns are inferred. */
import { type Buffer, isUtf8 } from 'node:buffer'
import type { StreamedFormat } from '../declare/format/file-format.ts'
import { CsvSplitter } from '../ingest/records/csv.ts'
import { JsonDocumentsSplitter } from '../ingest/records/json-documents.ts'
import type { RecordFields, RecordPlace, RecordSink, Splitter } from '../ingest/records/record-sink.ts'
import { TextLinesSplitter } from '../ingest/records/text-lines.ts'
import type { LinePlace } from './infer-source.ts'

/** Receives a record as the text of a JSON object; undefined if it is refused, and `why`. */
export type TakeRecord = (text: string | undefined, place: LinePlace, why?: string) => void

/** A format, and the names of its fields if its files do not name them. */
export interface NamedFormat<Format extends StreamedFormat = StreamedFormat> {
  readonly format: Format
  readonly names: readonly string[]
}

/** Makes the splitter of one file, whose records go to `take`. */
export function inferringSplitter(
  { format, names }: NamedFormat<Exclude<StreamedFormat, { readonly kind: 'json-lines' }>>,
  file: string,
  take: TakeRecord,
): Splitter {
  const sink = new InferredRecords(file, take)
  switch (format.kind) {
    case 'json-documents':
      return new JsonDocumentsSplitter(format, sink)
    case 'csv': {
      const columns = names.map((name) => ({ keys: [name] as const, nullable: true }))
      return new CsvSplitter(format, columns, sink)
    }
    case 'text-lines':
      return new TextLinesSplitter(format, sink)
  }
}

const NOT_UTF8 = 'not UTF-8'

/** Passes on each record as JSON. A text becomes a number if JSON would write it the same. */
class InferredRecords implements RecordSink {
  readonly #file: string
  readonly #take: TakeRecord
  #names: readonly string[] = []

  constructor(file: string, take: TakeRecord) {
    this.#file = file
    this.#take = take
  }

  takeJson(record: Buffer, { line }: RecordPlace): void {
    this.#take(isUtf8(record) ? record.toString() : undefined, { file: this.#file, line }, NOT_UTF8)
  }

  nameFields(names: readonly string[]): void {
    this.#names = names
  }

  takeFields(fields: RecordFields, record: Buffer, { line }: RecordPlace): void {
    const members = this.#names.map((name, index) => `${JSON.stringify(name)}:${jsonOf(fields, index)}`)
    this.#take(isUtf8(record) ? `{${members.join(',')}}` : undefined, { file: this.#file, line }, NOT_UTF8)
  }

  reject(reason: string, _record: Buffer, { line }: RecordPlace): void {
    this.#take(undefined, { file: this.#file, line }, reason)
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function jsonOf(fields: RecordFields, index: number): string {
  const text = fields.text(index)
  if (text === undefined || (text === '' && !fields.isQuoted(index))) return 'null'
  return NUMBER.test(text) ? text : JSON.stringify(text)
}
