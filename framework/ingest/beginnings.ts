/** Looks at the first of some bytes. */
import { Buffer } from 'node:buffer'

const BYTE_ORDER_MARK = Buffer.from('\ufeff')
/** The length of a byte order mark. */
export const MARK_BYTES = BYTE_ORDER_MARK.length

/** Whether the bytes from `at` on begin with `beginning`. */
export const beginsWith = (bytes: Buffer, at: number, beginning: Buffer): boolean =>
  bytes.subarray(at, at + beginning.length).equals(beginning)

/** The length of the byte order mark at `at`; 0 if there is none. */
export const markLength = (bytes: Buffer, at: number): number =>
  beginsWith(bytes, at, BYTE_ORDER_MARK) ? MARK_BYTES : 0
