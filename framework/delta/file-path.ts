/** Encodes and decodes the paths of data files in the log. */
import { MalformedLog } from './corrupt-table.ts'

/**
 * The path of a data file for the log: URI-encoded once. `month=a b%25c` on disk becomes
 * `month=a%20b%2525c`.
 */
export function encodePath(path: string): string {
  return path.split('/').map(encodePart).join('/')
}

// encodeURI would keep `?`, `#` and `:`, which have a meaning in a URI.
function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll('%3D', '=')
}

/**
 * The path relative to the table. Throws MalformedLog if it leads out of the table, because a
 * vacuum would then delete other files.
 */
export function decodePath(encoded: string): string {
  const path = decodeURIComponent(encoded)
  const isOutside =
    path === '' || path.startsWith('/') || /^[a-z][a-z0-9+.-]+:\//i.test(encoded) || path.split('/').includes('..')
  if (isOutside) throw new MalformedLog(`the data file ${JSON.stringify(path)} is not in the table's directory`)
  return path
}
