/**
 * Describes deletion vectors: which rows of a data file a table no longer has. The file itself is
 * not rewritten.
 */
import { MalformedLog } from '../corrupt-table.ts'
import { type Fields, moreFields, numberField, optionalNumber, textField } from '../fields.ts'
import { decodeZ85, encodeZ85 } from './z85.ts'

/** Where a deletion vector is, as in the log (PROTOCOL.md, "Deletion Vectors"). */
export interface DeletionVector {
  /**
   * `u`: in a file of the table, which a UUID names. `i`: in the log itself. `p`: at an absolute
   * path.
   */
  readonly storageType: 'u' | 'i' | 'p'
  readonly pathOrInlineDv: string
  /** The byte at which it begins in its file. Undefined for a vector in the log. */
  readonly offset?: number
  readonly sizeInBytes: number
  /** Number of deleted rows. */
  readonly cardinality: number
  readonly more?: Fields
}

const STORAGE_TYPES: ReadonlySet<string> = new Set(['u', 'i', 'p'])
const FIELDS = new Set(['storageType', 'pathOrInlineDv', 'offset', 'sizeInBytes', 'cardinality'])
const UUID_CHARACTERS = 20

/** Throws MalformedLog, also for a file that is not below the table. */
export function readVector(fields: Fields): DeletionVector {
  const storageType = textField(fields, 'storageType')
  if (!isStorageType(storageType))
    throw new MalformedLog(`a deletion vector has the type ${JSON.stringify(storageType)}`)
  const offset = optionalNumber(fields, 'offset')
  const vector: DeletionVector = {
    storageType,
    pathOrInlineDv: textField(fields, 'pathOrInlineDv'),
    ...(offset !== undefined && { offset: size(offset, 'offset') }),
    sizeInBytes: size(numberField(fields, 'sizeInBytes'), 'sizeInBytes'),
    cardinality: size(numberField(fields, 'cardinality'), 'cardinality'),
    ...moreFields(fields, FIELDS),
  }
  vectorPath(vector)
  return vector
}

const isStorageType = (text: string): text is DeletionVector['storageType'] => STORAGE_TYPES.has(text)

/** A 32-bit length. */
function size(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0x7fffffff) return value
  throw new MalformedLog(`a deletion vector has the ${name} ${value}`)
}

export function writeVector({ more, ...vector }: DeletionVector): Fields {
  return { ...vector, ...more }
}

/**
 * The file of a deletion vector, relative to the table; undefined if it is in no file of the table.
 */
export function vectorPath({ storageType, pathOrInlineDv }: DeletionVector): string | undefined {
  if (storageType !== 'u') return undefined
  const prefix = pathOrInlineDv.slice(0, -UUID_CHARACTERS)
  const uuid = decodeZ85(pathOrInlineDv.slice(-UUID_CHARACTERS))
  if (uuid?.length !== 16 || !/^[a-z0-9_-]*$/i.test(prefix))
    throw new MalformedLog(`a deletion vector is in the file ${JSON.stringify(pathOrInlineDv)}, which no UUID names`)
  const name = vectorFileName(uuidText(uuid))
  return prefix === '' ? name : `${prefix}/${name}`
}

/**
 * The file that holds a data file's deletion vector, relative to the table; undefined if there is
 * none.
 */
export const vectorFileOf = (file: FileOfTable | undefined): string | undefined =>
  file?.deletionVector && vectorPath(file.deletionVector)

export const vectorFileName = (uuid: string): string => `deletion_vector_${uuid}.bin`

/** A UUID as `pathOrInlineDv` holds it. */
export const encodeUuid = (uuid: string): string => encodeZ85(Buffer.from(uuid.replaceAll('-', ''), 'hex'))

const uuidText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** Equal for the same vector (PROTOCOL.md, "Derived Fields"); empty text if there is none. */
function vectorId(vector: DeletionVector | undefined): string {
  if (!vector) return ''
  const { storageType, pathOrInlineDv, offset } = vector
  return `${storageType}${pathOrInlineDv}${offset === undefined ? '' : `@${offset}`}`
}

/**
 * Equal for the same rows of the same file. With another deletion vector, a file counts as another
 * file.
 */
export const fileId = ({ path, deletionVector }: FileOfTable): string =>
  deletionVector ? `${path}\n${vectorId(deletionVector)}` : path

interface FileOfTable {
  readonly path: string
  readonly deletionVector?: DeletionVector
}
