/**
 * The files of sources on S3. A missing prefix is not an empty source, and lake does not read files
 * that other programs are writing.
 */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { lake, sharedDirectory } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()

describe.skipIf(!server)('a lake whose sources are on S3', () => {
  const env = { ...server?.env, XDG_CACHE_HOME: sharedDirectory() }
  let bucket = ''
  const at = (args: readonly string[], input = 'in') =>
    lake([...args, '--json', '--lake', `s3://${bucket}/lake`, '--input', `s3://${bucket}/${input}`], { env })
  const titles = () => JSON.parse(at(['query', 'select title from songs order by 1']).stdout)
  const put = (path: string, line: string | Uint8Array) => openStorage(`s3://${bucket}`).put(path, line)

  beforeAll(async () => {
    Object.assign(process.env, env)
    bucket = (await server?.bucket()) ?? ''
    await put('in/song_data/A/TR1.json.gz', gzipSync(songLine({ title: 'RIGHT' })))
    await put('in/song_data/_temporary/0/part-0.json', songLine({ title: 'HALF-WRITTEN' }))
    await put('in/song_data/A/f.json.xz', songLine({ title: 'PACKED' }))
    await put('in/log_data/a.json', playLine())
    expect(at(['materialize']).status).toBe(0)
  })
  afterAll(async () => server?.stop())

  it('reads no file below a hidden name, and names the files that no source reads', () => {
    expect(titles()).toEqual([{ title: 'RIGHT' }])
    const { warnings } = document(at(['plan']))
    expect(warnings).toEqual([{ asset: 'song_data', message: expect.stringContaining('(A/f.json.xz)') }])
    const { checks } = document(at(['doctor']))
    expect(checks.find(({ name }: { readonly name: string }) => name === 'source song_data')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/: 1 file, and one of them was read; 1 file is not read/),
    })
  })

  it('stops if no object exists below the prefix of a source, and changes nothing', () => {
    for (const command of [['materialize'], ['plan'], ['materialize', '--full']]) {
      const result = at(command, 'inn')
      expect(result.status).toBe(2)
      expect(document(result).error).toMatchObject({
        code: 'source-missing',
        message: expect.stringMatching(
          /inn\/song_data\/, which has no object\. It was read from 1 file.*\n.*inn\/log_data/,
        ),
      })
    }
    expect(titles()).toEqual([{ title: 'RIGHT' }])
    const { checks } = document(at(['doctor'], 'inn'))
    expect(checks.find(({ name }: { readonly name: string }) => name === 'source song_data')).toMatchObject({
      ...{ status: 'warning', found: expect.stringContaining('has no object') },
    })
  })

  it('empties its tables with --allow-empty, and is fresh after that', () => {
    expect(at(['materialize', '--allow-empty'], 'inn').status).toBe(0)
    expect(titles()).toEqual([])
    expect(document(at(['plan'], 'inn'))).toEqual({ steps: [] })
    expect(at(['materialize']).status).toBe(0)
    expect(titles()).toEqual([{ title: 'RIGHT' }])
  })

  it('stops if a source has only files left that no source reads', async () => {
    await openStorage(`s3://${bucket}`).delete('in/song_data/A/TR1.json.gz')
    const result = at(['materialize'])
    expect(result.status).toBe(1)
    expect(document(result).error).toMatchObject({
      ...{ code: 'source-empty', asset: 'song_data' },
      message: expect.stringContaining('its only file is not read: no name matches *.json (A/f.json.xz)'),
    })
    expect(titles()).toEqual([{ title: 'RIGHT' }])
  })
})
