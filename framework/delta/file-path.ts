import { MalformedLog } from './corrupt-table.ts'

/** A data file's path as it stands in the log: URI-encoded once. `month=a b%25c` on disk is `month=a%20b%2525c`. */
export function encodePath(path: string): string {
  return path.split('/').map(encodePart).join('/')
}

// encodeURI would leave `?`, `#` and `:`, which mean something in a URI.
function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll('%3D', '=')
}

/** The path relative to the table. Throws MalformedLog where it leads out of the table: we would delete files that are not ours. */
export function decodePath(encoded: string): string {
  const path = decodeURIComponent(encoded)
  const isOutside =
    path === '' || path.startsWith('/') || /^[a-z][a-z0-9+.-]+:\//i.test(encoded) || path.split('/').includes('..')
  if (isOutside) throw new MalformedLog(`the data file ${JSON.stringify(path)} is not in the table's directory`)
  return path
}
