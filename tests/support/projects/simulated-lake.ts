/** A lake that the built program makes of simulated songs and plays, for all tests of a file. */
import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { type LakeResult, lake, sharedDirectory, writeFiles } from '../programs/lake-process.ts'
import { playLine, songLine } from './source-lines.ts'

/**
 * Materializes 41 songs and 1,501 plays; one line of log_data is refused. Calls `onBuilt` with the
 * result. `at` runs a command with the flags of this lake.
 */
export function simulatedLake(onBuilt: (result: LakeResult) => void = () => undefined) {
  const directory = sharedDirectory()
  const input = join(directory, 'input')
  const tables = join(directory, 'tables')
  const places = ['--lake', tables, '--input', input]
  beforeAll(() => {
    const sizes = ['--songs', '40', '--events', '1500', '--days', '6', '--seed', '3']
    expect(lake(['simulate', '--out', input, ...sizes]).status).toBe(0)
    writeFiles(input, { 'song_data/late/bad.json': `${songLine({ song_id: 'SOLATE' })}\n` })
    writeFiles(input, { 'log_data/2018/10/one-bad-line.json': `${playLine({ sessionId: 999_999 })}\n{"ts": \n` })
    onBuilt(lake(['materialize', '--json', ...places]))
  })
  return { input, tables, places, at: (...args: string[]) => lake([...args, ...places]) }
}
