// `lake simulate`: the same files for the same seed.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, temporaryDirectory } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'

describe('lake simulate', () => {
  it('writes the same files for the same seed, and refuses to mix them with other files', () => {
    const directory = temporaryDirectory()
    const sizes = ['--songs', '5', '--events', '60', '--days', '2', '--seed', '8']
    const one = lake(['simulate', '--out', join(directory, 'one'), ...sizes, '--json'])
    expect(one.status).toBe(0)
    expect(document(one)).toEqual({ out: join(directory, 'one'), files: 7, songs: 5, events: 60 })
    expect(lake(['simulate', '--out', join(directory, 'two'), ...sizes]).status).toBe(0)
    expect(contents(join(directory, 'two'))).toEqual(contents(join(directory, 'one')))
    expect(lake(['simulate', '--out', join(directory, 'two'), ...sizes])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('already contains files'),
    })
    expect(lake(['simulate'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--out') })
  })
})

function contents(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names.flatMap((name) => (name.endsWith('.json') ? [[name, readFileSync(join(directory, name), 'utf8')]] : [])),
  )
}
