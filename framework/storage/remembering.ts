/** Remembers files that never change, so that a run reads them once. */
import type { Memory, Storage } from './storage.ts'
import { MIB } from './units.ts'

/** Maximum size of all remembered values, in bytes of the files that they were read from. */
const MAX_BYTES = 128 * MIB

/**
 * The same files with a memory, which holds only what never changes under its name. So it never
 * holds which version of a table is the newest.
 */
export function remembering(storage: Storage, mostBytes = MAX_BYTES): Storage {
  if (storage.memory) return storage
  return {
    uri: storage.uri,
    localRoot: storage.localRoot,
    copies: storage.copies,
    memory: new LatestUsed(mostBytes),
    exists: () => storage.exists(),
    list: (prefix, known) => storage.list(prefix, known),
    listPacked: (prefix, known) => storage.listPacked(prefix, known),
    inventory: (prefix) => storage.inventory(prefix),
    names: (directory, after, beginning) => storage.names(directory, after, beginning),
    directories: () => storage.directories(),
    read: (path, limit) => storage.read(path, limit),
    stream: (path) => storage.stream(path),
    put: (path, body, durability) => storage.put(path, body, durability),
    putIfAbsent: (path, body, durability) => storage.putIfAbsent(path, body, durability),
    putLocalFile: (localPath, path) => storage.putLocalFile(localPath, path),
    move: (from, to) => storage.move(from, to),
    copy: (from, to) => storage.copy(from, to),
    delete: (path) => storage.delete(path),
    locate: (path) => storage.locate(path),
  }
}

/** What `read` returns, remembered if the storage has a memory. */
export function readOnce<Value>(
  { memory }: Pick<Storage, 'memory'>,
  { name, bytes }: Remembered<Value>,
  read: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  return memory ? memory.remember(name, bytes, read) : read()
}

/** How a value is remembered. */
export interface Remembered<Value> {
  /** Names one value. Values of different types must have different names. */
  readonly name: string
  readonly bytes: (value: Value) => number
}

interface Entry {
  readonly value: Promise<unknown>
  bytes: number
}

/**
 * Does not remember failures and missing files. If there is too much, forgets what was unused for
 * longest.
 */
class LatestUsed implements Memory {
  readonly #mostBytes: number
  /** The most recently used is the last. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  remember<Value>(
    name: string,
    bytes: (value: Value) => number,
    read: () => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const known = this.#entries.get(name)
    if (known) {
      this.#entries.delete(name)
      this.#entries.set(name, known)
      return known.value as Promise<Value | undefined>
    }
    const value = read()
    const entry: Entry = { value, bytes: 0 }
    this.#entries.set(name, entry)
    value.then(
      (found) => this.#weigh(name, entry, found === undefined ? Number.POSITIVE_INFINITY : bytes(found)),
      () => this.#forget(name, entry),
    )
    return value
  }

  #weigh(name: string, entry: Entry, bytes: number): void {
    if (this.#entries.get(name) !== entry) return
    if (bytes > this.#mostBytes) {
      this.#forget(name, entry)
      return
    }
    entry.bytes = bytes
    this.#bytes += bytes
    for (const [least, other] of this.#entries) {
      if (this.#bytes <= this.#mostBytes) return
      this.#forget(least, other)
    }
  }

  #forget(name: string, entry: Entry): void {
    if (this.#entries.get(name) !== entry) return
    this.#entries.delete(name)
    this.#bytes -= entry.bytes
  }
}
