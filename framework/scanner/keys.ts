/** Keeps the keys of JSON lines, and counts the lines of the current file that have them. */
import { COLON } from './ascii'
import { byteAt, isSame, STRIDE } from './bytes'
import { TAKES_ANYTHING } from './protocol'
import { Taken } from './values'

/** A key. Its fields after `length` count the lines of the current file. */
@unmanaged
export class Key extends Taken {
  /** The address of the key as most lines write it: `"key":`. */
  bytes: usize
  length: usize
  /** Whether no column takes the key. */
  isUnknown: bool
  /** Whether the host has named the key for the current file, so that its lines are counted. */
  isNamed: bool
  /** Whether the host keeps no count of the key, because the file has too many. */
  isOneTooMany: bool
  /** The number of the last line that had the key. */
  seen: u32
  /** Where its value was in that line, if it is unknown. */
  valueStart: usize
  valueEnd: usize
  lines: u32
  /** The next key with the same hash, and the next of all keys. */
  sibling: Key | null
  next: Key | null
}

const BUCKETS = 1024
const buckets = memory.data(4096)
/** Maximum number of unknown keys that the fast path takes in all files together. */
const MAX_UNKNOWN = 1_000
/** Maximum length of an unknown key with its quotes, in bytes. */
const MAX_UNKNOWN_BYTES: usize = 100

let firstKey: Key | null = null
let unknownKeys = 0

/** `bytes` is the address of `"key":`, whose bytes stay there. */
export function addKey(bytes: usize, length: usize): Key {
  const key = changetype<Key>(heap.alloc(offsetof<Key>()))
  memory.fill(changetype<usize>(key), 0, offsetof<Key>())
  key.bytes = bytes
  key.length = length
  const bucket = bucketOf(bytes, length - 1)
  key.sibling = load<Key | null>(bucket)
  store<Key>(bucket, key)
  key.next = firstKey
  firstKey = key
  return key
}

/** Finds a key by its bytes, which include the quotes. */
export function findKey(start: usize, length: usize): Key | null {
  let key: Key | null = load<Key | null>(bucketOf(start, length))
  while (key !== null && !(key.length === length + 1 && isSame(start, key.bytes, length))) key = key.sibling
  return key
}

/** The length includes the quotes. Null if the key is too long, or if there are too many keys. */
export function addUnknownKey(start: usize, length: usize): Key | null {
  if (length > MAX_UNKNOWN_BYTES || unknownKeys === MAX_UNKNOWN) return null
  unknownKeys++
  // Leaves room behind the key, because `isSame` reads beyond its end.
  const bytes = heap.alloc(length + 1 + STRIDE)
  memory.copy(bytes, start, length)
  store<u8>(bytes + length, COLON as u8)
  const key = addKey(bytes, length + 1)
  key.kind = TAKES_ANYTHING
  key.isNullable = true
  key.isUnknown = true
  return key
}

/** The key after `key`, or the first one. */
export function keyAfter(key: Key | null): Key | null {
  return key === null ? firstKey : key.next
}

export function clearCounts(): void {
  let key: Key | null = firstKey
  while (key !== null) {
    key.isNamed = false
    key.isOneTooMany = false
    key.lines = 0
    key = key.next
  }
}

/** FNV-1a. */
function bucketOf(start: usize, length: usize): usize {
  let hash: u32 = 0x811c9dc5
  for (let at = start; at < start + length; at++) hash = (hash ^ byteAt(at)) * 0x01000193
  return buckets + (hash % BUCKETS) * sizeof<usize>()
}
