// The files that `lake simulate` writes.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { simulate } from '../../../framework/simulate/simulate.ts'

const scratch = mkdtempSync(join(tmpdir(), 'lake-simulate-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const SIZES = { songs: 60, events: 2500, days: 2, seed: 5 }

/** Simulates into a directory of this name. Maps the path of each file to its digest. */
async function digests(name: string, sizes: Partial<typeof SIZES> = {}): Promise<Map<string, string>> {
  const out = join(scratch, name)
  await simulate({ ...SIZES, ...sizes, out })
  return new Map(
    files(out).map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(out, path)))
        .digest('hex'),
    ]),
  )
}

function files(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort()
}

const under = (root: string, all: Map<string, string>) => [...all].filter(([path]) => path.startsWith(root))

/** A file at `path` under the scratch directory, with the content `mine`. */
function place(path: string): string {
  const file = join(scratch, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'mine')
  return file
}

describe('lake simulate', () => {
  it('writes one file for each song and one for each day, and says how many', async () => {
    const out = join(scratch, 'counts')
    expect(await simulate({ ...SIZES, out })).toEqual({ files: 62, songs: 60, events: 2500 })
    const paths = files(out)
    expect(paths.filter((path) => /^song_data\/A\/[A-Z]\/[A-Z]\/TR\w+\.json$/.test(path))).toHaveLength(60)
    expect(paths.filter((path) => path.startsWith('log_data'))).toEqual([
      'log_data/2018/11/2018-11-01-events.json',
      'log_data/2018/11/2018-11-02-events.json',
    ])
  })

  it('writes one line for each event, without a newline after the last, and songs without a newline', async () => {
    const out = join(scratch, 'lines')
    await simulate({ ...SIZES, out })
    const lines = (path: string) => readFileSync(join(out, path), 'utf8').split('\n')
    const [first, second] = ['2018-11-01', '2018-11-02'].map((day) => lines(`log_data/2018/11/${day}-events.json`))
    expect(first).toHaveLength(1250)
    expect(second).toHaveLength(1250)
    const parsed = [...(first ?? []), ...(second ?? [])].map((line) => JSON.parse(line) as { ts: number })
    expect(parsed.every((event) => event.ts >= Date.UTC(2018, 10, 1) && event.ts < Date.UTC(2018, 10, 3))).toBe(true)
    const songFiles = files(join(out, 'song_data')).map((path) => lines(join('song_data', path)))
    expect(songFiles.every((song) => song.length === 1)).toBe(true)
  })

  it('writes the same bytes for the same seed and sizes, and different bytes for another seed', async () => {
    const once = await digests('once')
    expect(await digests('again')).toEqual(once)
    const other = new Set((await digests('other', { seed: 6 })).values())
    expect([...once.values()].filter((digest) => other.has(digest))).toEqual([])
  })

  it('writes the same songs for any size of the log', async () => {
    const small = await digests('small')
    const large = await digests('large', { events: 4000, days: 3 })
    expect(under('song_data', large)).toEqual(under('song_data', small))
    expect(under('log_data', large)).not.toEqual(under('log_data', small))
  })

  it('writes into existing empty directories', async () => {
    const out = join(scratch, 'empty')
    mkdirSync(join(out, 'song_data', 'A'), { recursive: true })
    mkdirSync(join(out, 'log_data'))
    expect((await simulate({ ...SIZES, out })).files).toBe(62)
  })

  it.each(['song_data/A/B/C/mine.json', 'log_data/2017/01/mine.json', 'log_data'])(
    'refuses to mix with %s, and changes nothing',
    async (path) => {
      const out = mkdtempSync(join(scratch, 'taken-'))
      const file = place(join(out.slice(scratch.length + 1), path))
      await expect(simulate({ ...SIZES, out })).rejects.toMatchObject({ code: 'usage' })
      await expect(simulate({ ...SIZES, out })).rejects.toThrow(/already contains files.*--out/)
      expect(files(out)).toEqual([path])
      expect(readFileSync(file, 'utf8')).toBe('mine')
    },
  )

  it.each([
    { songs: 0 },
    { events: 0 },
    { days: 0 },
    { days: 1.5 },
    { seed: -1 },
    { seed: Number.NaN },
    { events: 2 ** 53 },
  ])('refuses %o, and names the option', async (sizes) => {
    const out = join(scratch, 'never')
    const option = `--${Object.keys(sizes)[0]} `
    await expect(simulate({ ...SIZES, ...sizes, out })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(option),
    })
    expect(readdirSync(scratch)).not.toContain('never')
  })

  it('reports a file that it cannot write', async () => {
    const out = join(place('a-file'), 'under-it')
    await expect(simulate({ ...SIZES, out })).rejects.toMatchObject({ code: 'storage' })
  })
})
