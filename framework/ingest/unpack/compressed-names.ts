/** Recognizes the names of compressed files. */

const COMPRESSED = /\.(?:gz|gzip|zst|zstd|bz2|bzip2)$/i

/** Whether a file's name says that it is compressed. Only its content decides whether it is. */
export const isNamedCompressed = (path: string): boolean => COMPRESSED.test(path)

/** `x.json.gz` -> `x.json`. */
export const unpackedName = (path: string): string => path.replace(COMPRESSED, '')
