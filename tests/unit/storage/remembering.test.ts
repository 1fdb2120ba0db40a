// A storage that remembers what it has read.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { readOnce, remembering } from '../../../framework/storage/remembering.ts'
import type { Storage } from '../../../framework/storage/storage.ts'

const directory = mkdtempSync(join(tmpdir(), 'lake-remembering-'))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const files = localStorage(directory)

/** Makes a storage for reading that lists which files lake really read. */
function reader(storage: Storage) {
  const read: string[] = []
  const text = (name: string): Promise<string | undefined> =>
    readOnce(storage, { name, bytes: ({ length }: string) => length }, async () => {
      read.push(name)
      const found = await storage.read(name)
      if (name === 'damaged') throw new Error('damaged')
      return found && Buffer.from(found.body).toString()
    })
  return { read, text }
}

it('a remembering storage reads a file once, even if two callers ask at the same time', async () => {
  await files.put('a', 'alpha')
  const { read, text } = reader(remembering(files))
  expect(await Promise.all([text('a'), text('a')])).toEqual(['alpha', 'alpha'])
  expect(await text('a')).toBe('alpha')
  expect(read).toEqual(['a'])
})

it('a plain storage reads a file each time; a storage that already remembers is not wrapped again', async () => {
  await files.put('a', 'alpha')
  const plain = reader(files)
  expect([await plain.text('a'), await plain.text('a')]).toEqual(['alpha', 'alpha'])
  expect(plain.read).toEqual(['a', 'a'])
  const lake = remembering(files)
  expect(remembering(lake)).toBe(lake)
})

it('a remembering storage reads a file again that was missing or could not be read', async () => {
  const { read, text } = reader(remembering(files))
  expect(await text('a')).toBeUndefined()
  await files.put('a', 'alpha')
  expect(await text('a')).toBe('alpha')
  await expect(text('damaged')).rejects.toThrow('damaged')
  await expect(text('damaged')).rejects.toThrow('damaged')
  expect(read).toEqual(['a', 'a', 'damaged', 'damaged'])
})

it('a remembering storage forgets what was unused for the longest time, and keeps nothing larger than its memory', async () => {
  for (const name of ['a', 'b', 'c']) await files.put(name, name.repeat(4))
  await files.put('large', 'x'.repeat(11))
  const { read, text } = reader(remembering(files, 10))
  for (const name of ['a', 'b', 'a', 'c']) await text(name)
  for (const name of ['a', 'c', 'large', 'large', 'a', 'b']) await text(name)
  expect(read).toEqual(['a', 'b', 'c', 'large', 'large', 'b'])
})
