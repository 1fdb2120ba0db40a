// Deletion vectors of a lake on S3, with the built program: rows are marked, read through local
// copies and by a program, vacuumed, and written without marks.

import { join } from 'node:path'
import { openLake } from 'lake'
import { afterAll, expect, it, vi } from 'vitest'
import { lake, ROOT, sharedDirectory, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { titledPlays } from '../../support/projects/marked-plays.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()
afterAll(async () => server?.stop())

const CONFIG = `
import { defineConfig } from 'lake'
import { playAssets } from ${JSON.stringify(join(ROOT, 'tests/support/projects/marked-plays.ts'))}

export default defineConfig({
  assets: playAssets(process.env.MARKS !== 'off'),
  profiles: { default: { lake: 'tables', input: 'input' } },
})
`
const title = (song: number, text: string) => ({
  [`input/song_list/${song}.json`]: JSON.stringify({ song, title: text }),
})

it.skipIf(!server)('a lake on S3 has the live rows of marked tables', async () => {
  const directory = temporaryDirectory()
  const bucket = await server?.bucket()
  const env = { ...server?.env, XDG_CACHE_HOME: sharedDirectory() }
  const at = (args: readonly string[], more = {}) => {
    const result = lake([...args, '--lake', `s3://${bucket}/lake`, '--input', 'input'], {
      cwd: directory,
      env: { ...env, ...more },
    })
    expect(result.status, result.stderr).toBe(0)
    return result
  }
  const counts = () =>
    document(
      at(['query', 'select title, count(*) as n from titled_plays group by all having n <> 120 order by 1', '--json']),
    )
  writeFiles(directory, {
    'config/lake.config.ts': CONFIG,
    'input/play_log/plays.json': Array.from({ length: 12_000 }, (_, n) =>
      JSON.stringify({ n, song: Math.floor(n / 2) % 100 }),
    ).join('\n'),
    ...Object.assign({}, ...Array.from({ length: 100 }, (_, song) => title(song, `Title ${song}`))),
  })
  at(['materialize'])
  for (const song of [3, 4, 5]) {
    writeFiles(directory, title(song, 'Another title'))
    at(['materialize'])
  }
  expect(counts()).toEqual([{ title: 'Another title', n: '360' }])
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const plays = (await openLake(`s3://${bucket}/lake`)).table(titledPlays(true))
  expect(await plays.select('n').where('title', '=', 'Another title').all()).toHaveLength(360)
  at(['vacuum', '--older-than', '0d'])
  expect(document(at(['verify', '--json'])).assets).toHaveLength(4)
  expect(counts()).toEqual([{ title: 'Another title', n: '360' }])
  at(['materialize'], { MARKS: 'off' })
  expect(counts()).toEqual([{ title: 'Another title', n: '360' }])
  expect(document(at(['history', 'titled_plays', '--json'])).versions[0]).toMatchObject({ version: 4 })
})
