/** Writes the call that declares a format. */
import { type CsvFormat, csv, type FileFormat } from '../../declare/format/file-format.ts'
import { typescriptText } from '../declared-text.ts'

export function formatCall(format: FileFormat): string {
  switch (format.kind) {
    case 'json-lines':
      return 'jsonLines()'
    case 'json-documents':
      return format.records === '$'
        ? 'jsonDocuments()'
        : `jsonDocuments({ records: ${typescriptText(format.records)} })`
    case 'csv':
      return csvCall(format)
    case 'parquet':
    case 'delta':
      return `${format.kind}()`
    case 'text-lines':
      return `textLines({ pattern: /${format.pattern}/${format.flags} })`
  }
}

/** Names the options that `lake infer` can choose, unless they are the default. */
function csvCall({ delimiter, comment, header }: CsvFormat): string {
  const options = [
    ...(delimiter === csv().delimiter ? [] : [`delimiter: ${typescriptText(delimiter)}`]),
    ...(comment === undefined ? [] : [`comment: ${typescriptText(comment)}`]),
    ...(header ? [] : ['header: false']),
  ]
  return options.length === 0 ? 'csv()' : `csv({ ${options.join(', ')} })`
}
